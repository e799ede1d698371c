"""`POST /api/embed` and `/api/embeddings`: the specification's sections A.4 and A.5."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.backend import add_model
from tests.fakes.observed import asked

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("A.4")

TOO_LONG = "the input length exceeds the context length"


async def embed(wire: Wire, **fields: Any) -> Answer:
    return await wire.post("/api/embed", **{"model": "m", "input": "hi", **fields})


@pytest.mark.section("A.5")
@pytest.mark.parametrize(
    ("path", "fields", "refusal"),
    [
        *(
            ("embed", {"input": given, "model": ""}, (400, "invalid input type"))
            for given in (5, 0, False, {}, {"a": 1}, ["a", 5], [None])
        ),
        ("embed", {"model": ""}, (404, "model '' not found")),
        ("embed", {"model": "a b"}, (400, "invalid model name")),
        ("embed", {"model": "Missing"}, (404, 'model "Missing" not found, try pulling it first')),
        ("embed", {"keep_alive": "1"}, (400, 'time: missing unit in duration "1"')),
        ("embed", {"options": {"num_gpu": True}}, (500, 'option "num_gpu" must be of type integer')),
        ("embeddings", {"model": ""}, (400, "model is required")),
        ("embeddings", {"model": "Missing"}, (404, 'model "Missing" not found, try pulling it first')),
    ],
)
async def test_refusals(
    wire: Wire, backend: Settings, path: str, fields: dict[str, Any], refusal: tuple[int, str]
) -> None:
    add_model(backend, "m")
    answer = await wire.post(f"/api/{path}", **{"model": "m", "input": "hi", "prompt": "hi", **fields})
    assert answer.refusal == refusal


@pytest.mark.parametrize("nothing", [{"input": ""}, {"input": []}, {"input": None}])
async def test_no_input_loads_the_model(
    runners: list[RunnerHandle], wire: Wire, backend: Settings, nothing: dict[str, Any]
) -> None:
    add_model(backend, "m")
    reply = (await embed(wire, **nothing)).json
    assert (reply["model"], reply["embeddings"]) == ("m", [])
    assert len(runners) == 1


@pytest.mark.section("M.16")
async def test_vectors_come_in_the_order_of_the_inputs(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    reply = (await embed(wire, input=["one two", "three"])).json
    assert list(reply) == ["model", "embeddings", "total_duration", "load_duration", "prompt_eval_count"]
    assert reply["prompt_eval_count"] == 3
    assert all(math.hypot(*vector) == pytest.approx(1) for vector in reply["embeddings"])
    for text, vector in zip(("one two", "three"), reply["embeddings"], strict=True):
        assert (await embed(wire, input=text)).json["embeddings"] == [vector]


async def test_fewer_dimensions_are_a_unit_vector_too(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    ((full,), (cut,)) = [(await embed(wire, dimensions=count)).json["embeddings"] for count in (0, 3)]
    assert len(cut) == 3
    assert math.hypot(*cut) == pytest.approx(1)
    assert [value / full[0] for value in full[:3]] == pytest.approx([value / cut[0] for value in cut])
    assert (await embed(wire, dimensions=99)).json["embeddings"] == [full]


async def test_a_long_input_is_cut_to_the_context(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    text = " ".join(f"w{n}" for n in range(20))
    reply = (await embed(wire, input=text, options={"num_ctx": 8})).json
    assert reply["prompt_eval_count"] == 8
    (body,) = await asked(runners[0], "/v1/embeddings")
    assert body["input"] == "w0 w1 w2 w3 w4 w5 w6 w7"


@pytest.mark.section("A.5")
async def test_a_long_input_that_may_not_be_cut_is_refused(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    text = " ".join(f"w{n}" for n in range(20))
    answer = await embed(wire, input=text, options={"num_ctx": 8}, truncate=False)
    assert answer.refusal == (400, TOO_LONG)
    answer = await wire.post("/api/embeddings", model="m", prompt=text, options={"num_ctx": 8})
    assert answer.refusal == (500, TOO_LONG)


@pytest.mark.section("A.5", "M.16")
async def test_the_old_route_answers_one_vector(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    reply = (await wire.post("/api/embeddings", model="m", prompt="hi")).json
    assert list(reply) == ["embedding"]
    assert reply["embedding"] == (await embed(wire)).json["embeddings"][0]
    assert (await wire.post("/api/embeddings", model="m", prompt="")).json == {"embedding": []}
