"""Section C of the specification over HTTP: how lenient each route is with names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.store.name import ModelName
from tests.fakes.backend import add_model

if TYPE_CHECKING:
    from backend.settings import Settings
    from tests.fakes.wire import Wire

pytestmark = pytest.mark.section("C")


@pytest.mark.section("M.23")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("huggingface.co/User/Repo", "huggingface.co/User/Repo:latest"),
        ("https://hf.co/User/Repo-GGUF:Q4_K_M", "hf.co/User/Repo-GGUF:Q4_K_M"),
        ("localhost:5000/me/foo:v1", "localhost:5000/me/foo:v1"),
        ("registry.ollama.ai/library/foo", "foo:latest"),
        ("registry.ollama.ai/me/foo", "me/foo:latest"),
        (" foo:local ", "foo:latest"),
        ("me/foo:v1:local", "me/foo:v1"),
        ("foo:20b:cloud", "foo:20b-cloud"),
        ("foo:cloud", "foo:cloud"),
        ("me/foo:cloud", "me/foo:cloud"),
    ],
)
def test_the_display_form(text: str, shown: str) -> None:
    assert str(ModelName.parse(text)) == shown


async def test_a_model_is_found_whatever_the_case(wire: Wire, backend: Settings) -> None:
    add_model(backend, "Me/Foo:V1")
    for name in ("me/foo:v1", "ME/FOO:V1", "registry.ollama.ai/me/foo:v1"):
        reply = (await wire.post("/api/generate", model=name, prompt="hi", stream=False)).json
        assert reply["model"] == name
        assert (await wire.post("/api/show", model=name)).status == 200
    assert [item["name"] for item in (await wire.get("/api/tags")).json["models"]] == ["Me/Foo:V1"]
    assert [item["name"] for item in (await wire.get("/api/ps")).json["models"]] == ["Me/Foo:V1"]


@pytest.mark.parametrize("name", ["x:local:cloud", "x:20b-cloud:local"])
async def test_nothing_is_local_and_remote(wire: Wire, name: str) -> None:
    refusal = (400, f'use either :local or :cloud, not both: "{name}"')
    for path in ("generate", "chat", "embed", "show", "pull"):
        assert (await wire.post(f"/api/{path}", model=name, input="x")).refusal == refusal
