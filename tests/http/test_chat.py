"""`POST /api/chat`: the specification's section A.3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backend.inference.schema import for_engine
from backend.wire.ollama import Message
from tests.fakes.backend import TALENTED, add_model
from tests.fakes.engine_events import delta
from tests.fakes.observed import asked, replay
from tests.fakes.wire import JSON

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("A.3")

METRICS = [
    *("total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration", "eval_count", "eval_duration")
]
HI = [{"role": "user", "content": "hi"}]
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}]
END = {"choices": [{"index": 0, "finish_reason": "stop", "delta": {}}], "timings": {"predicted_n": 1}}


async def chat(wire: Wire, **fields: Any) -> Answer:
    return await wire.post("/api/chat", **{"model": "m", "messages": HI, **fields})


def user(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"top_logprobs": 21, "model": ""}, (400, "top_logprobs must be between 0 and 20")),
        ({"model": "", "tools": TOOLS}, (400, "model is required")),
        ({"model": "a b", "tools": TOOLS}, (400, "invalid model name")),
        ({"model": "Missing", "tools": TOOLS, "format": 5}, (404, "model 'Missing' not found")),
        ({"model": "vectors", "format": 5}, (400, '"vectors" does not support chat')),
        ({"think": True, "format": 5}, (400, '"m" does not support thinking')),
        ({"tools": TOOLS, "messages": []}, (400, "registry.ollama.ai/library/m:latest does not support tools")),
        (
            {"tools": TOOLS, "think": "low"},
            (400, "registry.ollama.ai/library/m:latest does not support tools\nthinking"),
        ),
        ({"options": {"stop": "x"}}, (500, 'option "stop" must be of type array')),
        ({"format": "xml"}, (500, r'invalid format: "\"xml\""; expected "json" or a valid JSON Schema object')),
        ({"keep_alive": "5x"}, (400, 'time: unknown unit "x" in duration "5x"')),
    ],
)
async def test_refusals_come_in_order(
    wire: Wire, backend: Settings, fields: dict[str, Any], refusal: tuple[int, str]
) -> None:
    add_model(backend, "m")
    add_model(backend, "vectors", metadata={"llama.pooling_type": 1})
    for stream in (True, False):
        assert (await chat(wire, stream=stream, **fields)).refusal == refusal


@pytest.mark.parametrize("content", [[{"type": "text", "text": "x"}], 5])
async def test_content_that_is_no_text_is_refused(wire: Wire, content: object) -> None:
    status, text = (await chat(wire, messages=[{"role": "user", "content": content}])).refusal
    assert (status, "messages[0].content" in text) == (400, True)


@pytest.mark.section("M.3", "M.5")
async def test_a_stream_has_its_shape(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    *pieces, last = (await chat(wire, messages=user("«one two»"))).lines
    assert [piece["message"] for piece in pieces] == [
        {"role": "assistant", "content": "one"},
        {"role": "assistant", "content": " two"},
    ]
    for piece in pieces:
        assert list(piece) == ["model", "created_at", "message", "done"]
        assert piece["done"] is False
    assert list(last) == ["model", "created_at", "message", "done", "done_reason", *METRICS]
    assert (last["message"], last["done"], last["done_reason"]) == ({"role": "assistant", "content": ""}, True, "stop")
    assert all(isinstance(last[name], int) and last[name] > 0 for name in METRICS)


@pytest.mark.section("M.4")
async def test_one_object_holds_the_whole_reply(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    reply = (await chat(wire, messages=user("«one two»"), stream=False, options={"num_predict": 1})).json
    assert list(reply) == ["model", "created_at", "message", "done", "done_reason", *METRICS]
    assert (reply["message"], reply["done_reason"]) == ({"role": "assistant", "content": "one"}, "length")


async def test_no_messages_load_and_unload_with_plain_json(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m")
    for fields, reason, loaded in (({"keep_alive": 0}, "unload", 0), ({"keep_alive": -1, "format": 5}, "load", 1)):
        answer = await chat(wire, messages=[], **fields)
        assert answer.headers["Content-Type"] == JSON
        assert list(answer.json) == ["model", "created_at", "message", "done", "done_reason"]
        assert answer.json["message"] == {"role": "assistant", "content": ""}
        assert (answer.json["done"], answer.json["done_reason"]) == (True, reason)
        assert len(runners) == loaded


async def test_stored_messages_and_system_text_come_first(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    stored = [Message(role="user", content="q"), Message(role="assistant", content="a")]
    add_model(backend, "plain", system="be brief")
    add_model(backend, "m", system="be brief", messages=stored)
    await chat(wire, model="m")
    await chat(wire, model="plain", messages=[{"role": "SYSTEM", "content": "own"}, *HI])
    said = [
        [(message["role"], message["content"]) for message in body["messages"]] for body in await asked_all(runners)
    ]
    assert said == [
        [("system", "be brief"), ("user", "q"), ("assistant", "a"), ("user", "hi")],
        [("system", "own"), ("user", "hi")],
    ]


async def asked_all(runners: list[RunnerHandle]) -> list[dict[str, Any]]:
    return [body for runner in runners for body in await asked(runner)]


async def test_what_the_engine_is_asked(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    schema = {"type": "object"}
    await chat(wire, tools=TOOLS, think="high", format=schema, logprobs=True, top_logprobs=2)
    await chat(wire, think=False, format="json", options={"num_predict": 7})
    first, second = await asked(runners[0])
    assert first["tools"] == TOOLS
    assert first["chat_template_kwargs"] == {"enable_thinking": True, "reasoning_effort": "high"}
    assert first["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "schema", "schema": for_engine(schema)},
    }
    assert (first["logprobs"], first["top_logprobs"], first["temperature"]) == (True, 2, 0.8)
    assert second["chat_template_kwargs"] == {"enable_thinking": False}
    assert (second["response_format"], second["n_predict"]) == ({"type": "json_object"}, 7)
    assert "tools" not in second
    assert "logprobs" not in second


@pytest.mark.section("M.13", "M.15")
async def test_a_conversation_about_tools_and_images_reaches_the_engine(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", metadata=TALENTED)
    messages = [
        {"role": "user", "content": "see", "images": ["iVBORw==", "/9j/4A=="]},
        {
            "role": "assistant",
            "thinking": "not sent on",
            "tool_calls": [{"function": {"name": "look", "arguments": {"at": "ö"}}}],
        },
        {"role": "tool", "content": "a cat", "tool_name": "look", "tool_call_id": "call_0"},
        *HI,
    ]
    await chat(wire, messages=messages)
    (body,) = await asked(runners[0])
    picture, call, result, _ = body["messages"]
    assert [part["type"] for part in picture["content"]] == ["text", "image_url", "image_url"]
    urls = [part["image_url"]["url"] for part in picture["content"][1:]]
    assert urls == ["data:image/png;base64,iVBORw==", "data:image/jpeg;base64,/9j/4A=="]
    function = {"name": "look", "arguments": '{"at":"ö"}'}
    assert call == {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "call_0", "type": "function", "function": function}],
    }
    assert result == {"role": "tool", "content": "a cat", "name": "look", "tool_call_id": "call_0"}


async def test_a_look_at_the_prompt_generates_nothing(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", metadata=TALENTED)
    reply = (await chat(wire, _debug_render_only=True, tools=TOOLS, messages=[{**HI[0], "images": ["AA=="]}])).json
    assert list(reply) == ["model", "created_at", "message", "done", "_debug_info"]
    assert reply["_debug_info"]["image_count"] == 1
    assert reply["_debug_info"]["rendered_template"].endswith("<assistant>")
    assert await asked(runners[0]) == []
    (rendered,) = await asked(runners[0], "/apply-template")
    assert rendered["tools"] == TOOLS
    assert rendered["chat_template_kwargs"] == {"enable_thinking": True}


@pytest.mark.section("M.13")
@pytest.mark.usefixtures("_replaying")
async def test_a_tool_call_arrives_whole_in_the_last_object(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    prompt = replay(
        delta(reasoning_content="hm"),
        delta(content="look:"),
        delta(tool_calls=[{"index": 0, "id": "x1", "function": {"name": "look", "arguments": '{"b":1,'}}]),
        delta(tool_calls=[{"index": 0, "function": {"arguments": '"a":[2]}'}}]),
        END,
    )
    call = {"id": "x1", "function": {"index": 0, "name": "look", "arguments": {"b": 1, "a": [2]}}}
    *pieces, last = (await chat(wire, messages=user(prompt), tools=TOOLS)).lines
    assert [piece["message"] for piece in pieces] == [
        {"role": "assistant", "content": "", "thinking": "hm"},
        {"role": "assistant", "content": "look:"},
    ]
    assert last["message"] == {"role": "assistant", "content": "", "tool_calls": [call]}
    assert (last["done"], last["done_reason"]) == (True, "stop")
    whole = (await chat(wire, messages=user(prompt), tools=TOOLS, stream=False)).json["message"]
    assert whole == {"role": "assistant", "content": "look:", "thinking": "hm", "tool_calls": [call]}
    assert list(whole["tool_calls"][0]["function"]["arguments"]) == ["b", "a"]


@pytest.mark.usefixtures("_replaying")
async def test_logprobs_come_with_their_text(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    entry = {"token": "a", "logprob": -0.5, "top_logprobs": [{"token": "a", "logprob": -0.5}]}
    event = delta(content="a")
    event["choices"][0]["logprobs"] = {"content": [entry]}
    piece, last = (await chat(wire, messages=user(replay(event, END)), logprobs=True)).lines
    assert piece["logprobs"] == [{"token": "a", "logprob": -0.5, "bytes": [97]}]
    assert list(piece) == ["model", "created_at", "message", "done", "logprobs"]
    assert "logprobs" not in last
