"""`GET /v1/models` and `/v1/models/{model}`: the specification's section B.5."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.fakes.backend import add_model
from tests.fakes.openai_wire import document, refusal

if TYPE_CHECKING:
    from backend.settings import Settings
    from tests.fakes.wire import Wire

pytestmark = pytest.mark.section("B.5")


async def test_no_models_are_null(wire: Wire) -> None:
    assert document(await wire.get("/v1/models")) == {"object": "list", "data": None}


@pytest.mark.section("M.20")
async def test_the_models_are_those_of_tags(wire: Wire, backend: Settings) -> None:
    before = int(time.time())
    for name in ("m", "me/own:v1", "hf.co/you/thing"):
        add_model(backend, name)
    listed = document(await wire.get("/v1/models"))
    assert [model["id"] for model in listed["data"]] == [
        model["name"] for model in (await wire.get("/api/tags")).json["models"]
    ]
    models = {model["id"]: model for model in listed["data"]}
    assert {name: model["owned_by"] for name, model in models.items()} == {
        "m:latest": "library",
        "me/own:v1": "me",
        "hf.co/you/thing:latest": "you",
    }
    for model in models.values():
        assert list(model) == ["id", "object", "created", "owned_by"]
        assert model["object"] == "model"
        assert before <= model["created"] <= time.time()


@pytest.mark.parametrize("given", ["m", "m:latest", "M"])
async def test_one_model_has_the_name_it_was_asked_by(wire: Wire, backend: Settings, given: str) -> None:
    add_model(backend, "m")
    model = document(await wire.get(f"/v1/models/{given}"))
    assert (model["id"], model["object"], model["owned_by"]) == (given, "model", "library")


async def test_names_with_slashes_are_found(wire: Wire, backend: Settings) -> None:
    add_model(backend, "hf.co/you/thing")
    for path in ("hf.co/you/thing", quote("hf.co/you/thing", safe="")):
        assert document(await wire.get(f"/v1/models/{path}"))["id"] == "hf.co/you/thing"


async def test_an_unknown_model_is_not_found(wire: Wire) -> None:
    assert refusal(await wire.get("/v1/models/nobody")) == (404, "model 'nobody:latest' not found")
    assert refusal(await wire.get("/v1/models/a%20b")) == (400, "invalid model name")
    assert refusal(await wire.get("/v1/models/..%2f..%2fetc")) == (400, "invalid model name")


async def test_other_methods_and_slashes(wire: Wire) -> None:
    for path in ("/v1/models", "/v1/models/m"):
        assert (await wire.send("HEAD", path)).status == 405
        answer = await wire.send("GET", f"{path}/")
        assert (answer.status, answer.headers["Location"]) == (301, path)
