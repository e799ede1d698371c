"""Sections 0 and K of the specification, where the tests of the HTTP side leave a sentence open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.backend import add_model

if TYPE_CHECKING:
    from backend.settings import Settings
    from tests.fakes.wire import Wire


@pytest.mark.section("0")
@pytest.mark.parametrize("value", ["Bearer sk-anything", "Basic eDp5", "nonsense", ""])
async def test_any_authorization_is_ignored(wire: Wire, value: str) -> None:
    for path in ("/api/tags", "/v1/models"):
        assert (await wire.send("GET", path, headers={"Authorization": value, "x-api-key": "any"})).status == 200


@pytest.mark.section("K", "M.22")
@pytest.mark.parametrize("host", ["box.local", "box.internal", "BOX.LOCAL:11434"])
async def test_names_of_the_local_network_are_stricter_than_ollamas(wire: Wire, host: str) -> None:
    """Ollama trusts them. On a foreign network they resolve to what its owner wants, so Puna does not."""
    answer = await wire.send("GET", "/api/tags", headers={"Host": host})
    assert (answer.status, answer.body) == (403, b"")


@pytest.mark.section("K")
async def test_an_options_request_without_an_origin_has_no_names_of_origins(wire: Wire) -> None:
    answer = await wire.send("OPTIONS", "/api/tags")
    assert (answer.status, answer.body) == (204, b"")
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.section("K")
@pytest.mark.parametrize("settings", [{"OLLAMA_ORIGINS": "http://localhost:*"}], indirect=True)
async def test_a_star_stands_for_what_comes_in_its_place_alone(wire: Wire) -> None:
    """An older Ollama let `http://localhostX` pass here."""
    for origin, status in (("http://localhost:3000", 200), ("http://localhostX", 403), ("http://localhost.evil", 403)):
        assert (await wire.send("GET", "/api/version", headers={"Origin": origin})).status == status


@pytest.mark.section("0", "M.6")
async def test_an_error_is_json_with_one_text_and_a_success_has_none(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    for path in ("generate", "chat", "embed", "embeddings", "show", "push", "pull", "create", "copy"):
        status, text = (await wire.post(f"/api/{path}", model="a b", source="a b", input="x")).refusal
        assert status >= 400
        assert text
    answer = await wire.post("/api/generate", model="m", prompt="«{error}»", stream=False)
    assert "error" not in answer.json


@pytest.mark.section("0")
async def test_what_json_escapes_means_the_same(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    answer = await wire.post("/api/generate", model="m", prompt="«<b>&ö𝄞»", stream=False)
    assert answer.json["response"] == "<b>&ö𝄞"
    assert "ö𝄞".encode() in answer.body
