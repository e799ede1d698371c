"""Sections A.4 and A.5 of the specification, where the tests of the HTTP side leave a sentence open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.backend import add_model

if TYPE_CHECKING:
    from backend.settings import Settings
    from tests.fakes.wire import Wire

pytestmark = pytest.mark.section("A.4", "A.5")

TOO_LONG = "the input length exceeds the context length"
TOO_LARGE = "input_(20_tokens)_is_too_large_to_process,_increase_the_physical_batch_size"
NO_EMBEDDINGS = "This server does not support embeddings. Start it with `--embeddings`"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (f"@refuse_embedding=500 @saying={TOO_LARGE}", (400, TOO_LONG)),
        ("@refuse_embedding=400 @saying=exceeds_the_available_context_size", (400, TOO_LONG)),
        (f"@refuse_embedding=501 @saying={NO_EMBEDDINGS.replace(' ', '_')}", (501, NO_EMBEDDINGS)),
        ("@refuse_embedding=400 @saying=odd", (400, "odd")),
    ],
)
async def test_the_engines_refusal_keeps_its_status_but_a_length_is_a_400(
    wire: Wire, backend: Settings, text: str, refusal: tuple[int, str]
) -> None:
    add_model(backend, "m")
    assert (await wire.post("/api/embed", model="m", input=["fine", text])).refusal == refusal
    assert (await wire.post("/api/embeddings", model="m", prompt=text)).refusal == (500, refusal[1])


async def test_a_reply_has_its_keys_and_counts_all_inputs(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    reply = (await wire.post("/api/embed", model="M:latest", input=["one two", "three"])).json
    assert list(reply) == ["model", "embeddings", "total_duration", "load_duration", "prompt_eval_count"]
    assert (reply["model"], len(reply["embeddings"]), reply["prompt_eval_count"]) == ("M:latest", 2, 3)


@pytest.mark.parametrize("dimensions", [0, 8, 99])
async def test_dimensions_that_are_not_fewer_change_nothing(wire: Wire, backend: Settings, dimensions: int) -> None:
    add_model(backend, "m")
    whole = (await wire.post("/api/embed", model="m", input="hi")).json["embeddings"]
    assert (await wire.post("/api/embed", model="m", input="hi", dimensions=dimensions)).json["embeddings"] == whole


@pytest.mark.parametrize("fields", [{"prompt": ""}, {}, {"prompt": None}])
async def test_no_prompt_is_no_vector(wire: Wire, backend: Settings, fields: dict[str, Any]) -> None:
    add_model(backend, "m")
    assert (await wire.post("/api/embeddings", model="m", **fields)).json == {"embedding": []}
    assert [model["name"] for model in (await wire.get("/api/ps")).json["models"]] == ["m:latest"]
