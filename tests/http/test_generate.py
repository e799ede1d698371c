"""`POST /api/generate`: the specification's section A.2."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from backend.inference.schema import for_engine
from backend.wire.ollama import Message
from tests.fakes.backend import add_model
from tests.fakes.observed import asked, replay
from tests.fakes.wire import JSON

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("A.2")

METRICS = [
    *("total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration", "eval_count", "eval_duration")
]
THINKING = {"tokenizer.chat_template": "<think></think>"}


async def generate(wire: Wire, **fields: Any) -> Answer:
    return await wire.post("/api/generate", **{"model": "m", "prompt": "hi", **fields})


# Each refusal is asked for with everything that the later ones refuse too: the order of the checks is what is tested.
@pytest.mark.section("C", "M.6")
@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"top_logprobs": -1, "model": "", "format": 5}, (400, "top_logprobs must be between 0 and 20")),
        ({"top_logprobs": 21}, (400, "top_logprobs must be between 0 and 20")),
        ({"model": "", "raw": True, "system": "s"}, (404, "model '' not found")),
        ({"model": "a/b/c/d/e", "raw": True, "system": "s"}, (400, "invalid model name")),
        ({"model": "a:local:cloud"}, (400, 'use either :local or :cloud, not both: "a:local:cloud"')),
        ({"model": "Missing", "raw": True, "system": "s", "format": 5}, (404, "model 'Missing' not found")),
        (
            {"raw": True, "system": "s", "think": True},
            (400, "raw mode does not support template, system, or context"),
        ),
        ({"raw": True, "template": "t"}, (400, "raw mode does not support template, system, or context")),
        ({"raw": True, "context": [1]}, (400, "raw mode does not support template, system, or context")),
        ({"think": True, "suffix": "s"}, (400, '"m" does not support thinking')),
        ({"model": "vectors", "suffix": "s", "format": 5}, (400, '"vectors" does not support generate')),
        (
            {"suffix": "s", "options": {"num_ctx": "x"}},
            (400, "registry.ollama.ai/library/m:latest does not support insert"),
        ),
        ({"options": {"num_ctx": "x"}}, (500, 'option "num_ctx" must be of type integer')),
        ({"format": "yaml"}, (500, r'invalid format: "\"yaml\""; expected "json" or a valid JSON Schema object')),
        ({"format": [1]}, (500, 'invalid format: "[1]"; expected "json" or a valid JSON Schema object')),
        (
            {"think": "hard", "model": ""},
            (400, 'invalid think value: "hard" (must be "high", "medium", "low", "max", true, or false)'),
        ),
        ({"keep_alive": "10"}, (400, 'time: missing unit in duration "10"')),
        ({"keep_alive": "soon"}, (400, 'time: invalid duration "soon"')),
        ({"keep_alive": True}, (400, "Unsupported type: 'bool'")),
    ],
)
async def test_refusals_come_in_order(
    wire: Wire, backend: Settings, fields: dict[str, Any], refusal: tuple[int, str]
) -> None:
    add_model(backend, "m")
    add_model(backend, "vectors", metadata={"llama.pooling_type": 1})
    for stream in (True, False):
        assert (await generate(wire, stream=stream, **fields)).refusal == refusal


@pytest.mark.section("M.5", "M.7")
async def test_a_stream_has_its_shape(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    *pieces, last = (await generate(wire, prompt="«one two three»")).lines
    assert [piece["response"] for piece in pieces] == ["one", " two", " three"]
    for piece in pieces:
        assert list(piece) == ["model", "created_at", "response", "done"]
        assert piece["done"] is False
    assert list(last) == ["model", "created_at", "response", "done", "done_reason", "context", *METRICS]
    assert (last["model"], last["response"], last["done"], last["done_reason"]) == ("m", "", True, "stop")
    assert all(isinstance(last[name], int) and last[name] > 0 for name in METRICS)
    assert last["eval_count"] == 3
    assert last["total_duration"] > last["load_duration"]
    assert last["created_at"].endswith("Z")
    assert datetime.fromisoformat(last["created_at"]).utcoffset() is not None


async def test_one_object_holds_the_whole_reply(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    reply = (await generate(wire, model="M:latest", prompt="«one two»", stream=False)).json
    assert list(reply) == ["model", "created_at", "response", "done", "done_reason", "context", *METRICS]
    assert (reply["model"], reply["response"], reply["done"]) == ("M:latest", "one two", True)


async def test_a_reply_that_was_cut_says_so(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    for stream in (True, False):
        answer = await generate(wire, options={"num_predict": 2}, stream=stream)
        last = answer.lines[-1] if stream else answer.json
        assert (last["done_reason"], last["eval_count"]) == ("length", 2)


@pytest.mark.section("M.9")
async def test_an_empty_prompt_loads_and_unloads_with_plain_json(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m")
    for fields, reason, loaded in (
        ({"keep_alive": 0}, "unload", 0),
        ({"keep_alive": "0s", "raw": True, "system": "unchecked"}, "unload", 0),
        ({"format": 5}, "load", 1),
        ({"stream": True, "keep_alive": "5m0s"}, "load", 1),
    ):
        answer = await generate(wire, prompt="", **fields)
        assert answer.headers["Content-Type"] == JSON
        assert list(answer.json) == ["model", "created_at", "response", "done", "done_reason"]
        assert (answer.json["response"], answer.json["done"], answer.json["done_reason"]) == ("", True, reason)
        assert len(runners) == loaded


@pytest.mark.section("M.7")
async def test_context_carries_a_conversation_on(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    first = (await generate(wire, prompt="say «one»", stream=False)).json["context"]
    await generate(wire, prompt="more", context=first)
    prompts = [body["prompt"] for body in await asked(runners[0])]
    assert prompts == ["<user>say «one»\n<assistant>", "<user>say «one»\n<assistant>one<user>more\n<assistant>"]


async def test_raw_text_reaches_the_engine_as_it_is(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", system="unheard")
    reply = (await generate(wire, prompt="<x> hi", raw=True, stream=False)).json
    assert "context" not in reply
    assert [body["prompt"] for body in await asked(runners[0])] == ["<x> hi"]


async def test_the_request_replaces_the_models_system_text(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", system="of the model", messages=[Message(role="user", content="stored")])
    await generate(wire)
    await generate(wire, system="of the request")
    await generate(wire, context=[])
    assert [body["prompt"] for body in await asked(runners[0])] == [
        "<system>of the model\n<user>stored\n<user>hi\n<assistant>",
        "<system>of the request\n<user>stored\n<user>hi\n<assistant>",
        "<system>of the model\n<user>stored\n<user>hi\n<assistant>",
    ]


async def test_weights_without_a_template_see_the_bare_prompt(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", metadata={"tokenizer.chat_template": None})
    await generate(wire, system="unheard")
    assert [body["prompt"] for body in await asked(runners[0])] == ["hi"]


async def test_a_look_at_the_prompt_generates_nothing(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m")
    reply = (await generate(wire, _debug_render_only=True)).json
    assert list(reply) == ["model", "created_at", "response", "done", "_debug_info"]
    assert reply["_debug_info"] == {"rendered_template": "<user>hi\n<assistant>"}
    assert reply["done"] is False
    assert await asked(runners[0]) == []


@pytest.mark.section("A.6", "M.8")
async def test_what_the_engine_is_asked(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", parameters={"temperature": 0.25, "top_k": 7, "stop": ["model"]})
    schema = {"type": "object"}
    options = {"top_k": 9, "seed": 2**40 + 5, "num_ctx": 128, "unknown": "ignored"}
    await generate(wire, options=options, format=schema, logprobs=True, top_logprobs=3)
    await generate(wire, options={"num_ctx": 128}, format="json", logprobs=True)
    first, second = await asked(runners[0])
    assert (first["temperature"], first["top_k"], first["seed"], first["stop"]) == (0.25, 9, 5, ["model"])
    assert (first["n_predict"], first["n_keep"], first["top_p"]) == (1280, 4, 0.9)
    assert (first["json_schema"], first["n_probs"]) == (for_engine(schema), 3)
    assert (second["json_schema"], second["n_probs"], second["seed"]) == ({"type": "object"}, 1, -1)
    assert (first["stream"], first["return_progress"], first["cache_prompt"]) == (True, True, True)


@pytest.mark.section("M.25")
@pytest.mark.usefixtures("_replaying")
async def test_logprobs_come_with_their_text(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    top = [{"token": "é", "logprob": -0.5}, {"token": "e", "logprob": -1.5}]
    events = [
        {"content": "é", "stop": False, "completion_probabilities": [{**top[0], "top_logprobs": top}]},
        {"content": "", "stop": True, "stop_type": "eos", "timings": {}},
    ]
    chosen = {"token": "é", "logprob": -0.5, "bytes": [195, 169]}
    other = {"token": "e", "logprob": -1.5, "bytes": [101]}
    for top_logprobs, expected in (
        (0, [chosen]),
        (1, [{**chosen, "top_logprobs": [chosen]}]),
        (2, [{**chosen, "top_logprobs": [chosen, other]}]),
    ):
        fields = {"prompt": replay(*events), "logprobs": True, "top_logprobs": top_logprobs}
        piece, last = (await generate(wire, **fields)).lines
        assert (piece["logprobs"], "logprobs" in last) == (expected, False)
        assert (await generate(wire, stream=False, **fields)).json["logprobs"] == expected


async def test_thinking_can_be_switched(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=THINKING)
    for think in (None, True, False, "low"):
        await generate(wire, think=think)
    switches = [body["chat_template_kwargs"] for body in await asked(runners[0], "/apply-template")]
    on = {"enable_thinking": True}
    assert switches == [on, on, {"enable_thinking": False}, {**on, "reasoning_effort": "low"}]
