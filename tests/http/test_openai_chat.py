"""`POST /v1/chat/completions`, replies: the specification's sections B.1 and B.2."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.backend import TALENTED, add_model
from tests.fakes.observed import asked, hung_up, is_idle, replay, until
from tests.fakes.openai_wire import document, events, refusal

if TYPE_CHECKING:
    from backend.client import Client
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("B.2")

PATH = "/v1/chat/completions"
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
CALL = {
    "id": "x1",
    "index": 0,
    "type": "function",
    "function": {"name": "look", "arguments": '{"b":1,"a":"ö"}'},
}


def user(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]


async def chat(wire: Wire, text: str = "«one two»", **fields: Any) -> Answer:
    return await wire.post(PATH, **{"model": "m", "messages": user(text), **fields})


def delta(reason: str | None = None, **fields: Any) -> dict[str, Any]:
    """An event of the engine's chat stream."""
    return {"choices": [{"index": 0, "finish_reason": reason, "delta": fields}], "timings": {"predicted_n": 1}}


CALLING = replay(
    delta(tool_calls=[{"index": 0, "id": "x1", "function": {"name": "look", "arguments": '{"b":1,'}}]),
    delta(tool_calls=[{"index": 0, "function": {"arguments": '"a":"ö"}'}}]),
    delta("tool_calls"),
)


@pytest.mark.section("M.12")
async def test_a_whole_reply_has_its_shape(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    before = int(time.time())
    reply = document(await chat(wire))
    assert list(reply) == ["id", "object", "created", "model", "system_fingerprint", "choices", "usage"]
    assert reply["id"].startswith("chatcmpl-")
    assert (reply["object"], reply["model"], reply["system_fingerprint"]) == ("chat.completion", "m", "fp_ollama")
    assert before <= reply["created"] <= time.time()
    message = {"role": "assistant", "content": "one two"}
    assert reply["choices"] == [{"index": 0, "message": message, "finish_reason": "stop"}]
    assert reply["usage"] == {"prompt_tokens": 2, "completion_tokens": 2, "total_tokens": 4}


async def test_every_reply_has_an_id_of_its_own(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    assert document(await chat(wire))["id"] != document(await chat(wire))["id"]


@pytest.mark.section("M.11")
async def test_a_stream_has_its_order(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    chunks = events(await chat(wire, stream=True))
    assert [chunk["choices"] for chunk in chunks] == [
        [{"index": 0, "delta": {"role": "assistant", "content": "one"}, "finish_reason": None}],
        [{"index": 0, "delta": {"content": " two"}, "finish_reason": None}],
        [{"index": 0, "delta": {}, "finish_reason": "stop"}],
    ]
    assert len({(chunk["id"], chunk["created"]) for chunk in chunks}) == 1
    assert all(list(chunk) == ["id", "object", "created", "model", "system_fingerprint", "choices"] for chunk in chunks)
    assert {(chunk["object"], chunk["model"]) for chunk in chunks} == {("chat.completion.chunk", "m")}


async def test_usage_is_a_last_chunk_without_choices(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    *chunks, last = events(await chat(wire, stream=True, stream_options={"include_usage": True}))
    assert not any("usage" in chunk for chunk in chunks)
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert (last["choices"], last["id"]) == ([], chunks[0]["id"])
    assert last["usage"] == {"prompt_tokens": 2, "completion_tokens": 2, "total_tokens": 4}


async def test_no_usage_unless_asked_for(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    for options in (None, {}, {"include_usage": None}, {"include_usage": False}):
        assert not any("usage" in chunk for chunk in events(await chat(wire, stream=True, stream_options=options)))


@pytest.mark.usefixtures("_replaying")
async def test_a_reply_without_a_word_has_a_first_chunk_all_the_same(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    chunks = events(await chat(wire, replay(delta("stop")), stream=True))
    assert [chunk["choices"][0]["delta"] for chunk in chunks] == [{"role": "assistant", "content": ""}, {}]
    assert document(await chat(wire, replay(delta("stop"))))["choices"][0]["message"]["content"] == ""


@pytest.mark.usefixtures("_replaying")
async def test_thinking_is_reasoning(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    prompt = replay(
        delta(reasoning_content="hm"),
        delta(reasoning_content=" so", content="a"),
        delta(content="b"),
        delta("stop"),
    )
    chunks = events(await chat(wire, prompt, stream=True))
    assert [chunk["choices"][0]["delta"] for chunk in chunks] == [
        {"role": "assistant", "content": "", "reasoning": "hm"},
        {"reasoning": " so"},
        {"content": "a"},
        {"content": "b"},
        {},
    ]
    (choice,) = document(await chat(wire, prompt))["choices"]
    assert choice["message"] == {"role": "assistant", "content": "ab", "reasoning": "hm so"}


@pytest.mark.usefixtures("_replaying")
async def test_a_tool_call_is_one_chunk(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    chunks = events(await chat(wire, CALLING, tools=[TOOL], stream=True))
    assert [(chunk["choices"][0]["delta"], chunk["choices"][0]["finish_reason"]) for chunk in chunks] == [
        ({"role": "assistant", "content": "", "tool_calls": [CALL]}, None),
        ({}, "tool_calls"),
    ]
    (choice,) = document(await chat(wire, CALLING, tools=[TOOL]))["choices"]
    assert choice["message"] == {"role": "assistant", "content": "", "tool_calls": [CALL]}
    assert choice["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "look"}}])
async def test_a_demanded_call_is_a_call(
    runners: list[RunnerHandle], wire: Wire, backend: Settings, choice: object
) -> None:
    add_model(backend, "m", metadata=TALENTED)
    fields: dict[str, Any] = {
        "text": '«{"name": "look", "arguments": {"a": 1}}»',
        "tools": [TOOL],
        "tool_choice": choice,
    }
    first, last = events(await chat(wire, stream=True, **fields))
    (call,) = first["choices"][0]["delta"]["tool_calls"]
    assert (call["function"], call["type"]) == ({"name": "look", "arguments": '{"a":1}'}, "function")
    assert last["choices"][0] == {"index": 0, "delta": {}, "finish_reason": "tool_calls"}
    (whole,) = document(await chat(wire, **fields))["choices"]
    assert (whole["message"]["content"], whole["finish_reason"]) == ("", "tool_calls")
    assert whole["message"]["tool_calls"][0]["function"] == call["function"]
    for sent in await asked(runners[0]):
        assert sent["tools"] == [TOOL]
        (schema,) = sent["response_format"]["json_schema"]["schema"]["anyOf"]
        assert schema["properties"]["name"] == {"const": "look"}


async def test_a_limit_is_the_reason_of_the_end(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    (choice,) = document(await chat(wire, max_tokens=1))["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("one", "length")
    assert events(await chat(wire, max_tokens=1, stream=True))[-1]["choices"][0]["finish_reason"] == "length"


@pytest.mark.usefixtures("_replaying")
async def test_logprobs_have_openais_shape(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    event = delta(content="ö")
    other = {"token": "o", "logprob": -1.5}
    event["choices"][0]["logprobs"] = {"content": [{"token": "ö", "logprob": -0.5, "top_logprobs": [other]}]}
    prompt = replay(event, delta("stop"))
    entry = {"token": "ö", "logprob": -0.5, "bytes": [195, 182], "top_logprobs": [other | {"bytes": [111]}]}
    (choice,) = document(await chat(wire, prompt, logprobs=True, top_logprobs=1))["choices"]
    assert choice["logprobs"] == {"content": [entry]}
    first, last = events(await chat(wire, prompt, logprobs=True, stream=True))
    assert first["choices"][0]["logprobs"] == {"content": [entry | {"top_logprobs": []}]}
    assert "logprobs" not in last["choices"][0]


async def test_a_look_at_the_prompt_generates_nothing(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m")
    for stream in (True, False):
        reply = document(await chat(wire, "hi", _debug_render_only=True, stream=stream))
        assert reply["_debug_info"]["rendered_template"].endswith("<assistant>")
    assert await asked(runners[0]) == []


@pytest.mark.section("B.1")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"messages": []}, (400, "[] is too short - 'messages'")),
        ({"messages": None}, (400, "[] is too short - 'messages'")),
        ({"model": ""}, (400, "model is required")),
        ({"model": "a b"}, (400, "invalid model name")),
        ({"model": "nobody"}, (404, "model 'nobody' not found")),
        ({"tools": [TOOL]}, (400, "registry.ollama.ai/library/m:latest does not support tools")),
        ({"reasoning_effort": "low"}, (400, '"m" does not support thinking')),
        ({"top_logprobs": 21}, (400, "top_logprobs must be between 0 and 20")),
        ({"messages": user("@refuse_request")}, (400, None)),
        ({"messages": user("@error=0")}, (500, None)),
    ],
)
async def test_errors_come_in_the_envelope(
    wire: Wire, backend: Settings, fields: dict[str, Any], expected: tuple[int, str | None]
) -> None:
    add_model(backend, "m")
    for stream in (True, False):
        status, message = refusal(await chat(wire, stream=stream, **fields))
        assert status == expected[0]
        assert message == (expected[1] or message)


@pytest.mark.section("B.1")
@pytest.mark.parametrize("word", ["crash", "cut", "garbage", "error"])
async def test_an_error_in_mid_stream_is_told_before_the_end(
    wire: Wire, backend: Settings, client: Client, word: str
) -> None:
    add_model(backend, "m")
    first, second, last = events(await chat(wire, f"@{word}=2", stream=True))
    assert first["choices"][0]["delta"]["content"]
    assert second["choices"][0]["delta"]["content"]
    assert list(last) == ["error"]
    assert (last["error"]["type"], last["error"]["code"]) == ("api_error", None)
    assert last["error"]["message"]
    assert events(await chat(wire, stream=True))[-1]["choices"][0]["finish_reason"] == "stop"
    await until(client, is_idle)


async def test_a_client_that_leaves_stops_the_generation(
    runners: list[RunnerHandle], wire: Wire, backend: Settings, client: Client
) -> None:
    add_model(backend, "m")
    body = {"model": "m", "messages": user("@hang=2"), "stream": True}
    async with wire.session.post(PATH, json=body) as response:
        assert (await response.content.readline()).startswith(b"data: ")
        snapshot = await until(client, lambda snapshot: snapshot.requests)
        assert [(one.kind, one.model) for one in snapshot.requests] == [("chat", "m")]
    await hung_up(runners[0])
    await until(client, is_idle)


async def test_a_client_that_leaves_before_a_whole_reply_stops_it_too(
    runners: list[RunnerHandle], wire: Wire, backend: Settings, client: Client
) -> None:
    add_model(backend, "m")
    asking = asyncio.create_task(chat(wire, "@hang=2"))
    await until(client, lambda snapshot: any(request.tokens for request in snapshot.requests))
    asking.cancel()
    await hung_up(runners[0])
    await until(client, is_idle)


async def test_a_cancelled_generation_says_so(wire: Wire, backend: Settings, client: Client) -> None:
    add_model(backend, "m")
    body = {"model": "m", "messages": user("@hang=1"), "stream": True}
    async with wire.session.post(PATH, json=body) as response:
        await response.content.readline()
        (live,) = (await until(client, lambda snapshot: snapshot.requests)).requests
        assert (await wire.send("DELETE", f"/puna/v1/requests/{live.id}")).status == 204
        rest = (await response.content.read()).decode()
    assert '"message":"request canceled"' in rest
    assert rest.endswith("data: [DONE]\n\n")
