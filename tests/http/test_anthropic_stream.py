"""Streams of `POST /v1/messages`: the events and their order (the specification's section B.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.fakes.backend import TALENTED, add_model
from tests.fakes.engine_events import END, delta
from tests.fakes.observed import hung_up, is_idle, replay, until
from tests.fakes.sse import events

if TYPE_CHECKING:
    from backend.client import Client
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("B.8")

LOOK = {"name": "look", "input_schema": {"type": "object", "properties": {"at": {}}}}


def request(prompt: str, **fields: Any) -> dict[str, Any]:
    return {"model": "m", "max_tokens": 9, "stream": True, "messages": [{"role": "user", "content": prompt}], **fields}


async def ask(wire: Wire, prompt: str, **fields: Any) -> Answer:
    return await wire.post("/v1/messages", **request(prompt, **fields))


def block(index: int, content: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of one block."""
    start = {"type": "content_block_start", "index": index, "content_block": content}
    middle = [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
    return [start, *middle, {"type": "content_block_stop", "index": index}]


@pytest.mark.section("M.25")
async def test_a_stream_of_text_has_its_events_in_order(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    (_, first), *middle, (_, changed), (_, last) = events(await ask(wire, "@tokens=2 three words"))
    message = first["message"]
    assert (first["type"], message["id"][:4]) == ("message_start", "msg_")
    del message["id"]
    usage = {"input_tokens": 3, "output_tokens": 0}
    assert message == {"type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
    assert [data for _, data in middle] == block(
        0, {"type": "text", "text": ""}, {"type": "text_delta", "text": "t0 "}, {"type": "text_delta", "text": "t1 "}
    )
    assert changed == {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn"},
        "usage": {"input_tokens": 3, "output_tokens": 2},
    }
    assert last == {"type": "message_stop"}


async def test_events_are_named_by_their_type(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    assert all(name == data["type"] for name, data in events(await ask(wire, "hi")))


async def test_a_cut_reply_says_so(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    changed = events(await ask(wire, "@tokens=20"))[-2][1]
    assert changed["delta"] == {"stop_reason": "max_tokens"}


@pytest.mark.usefixtures("_replaying")
async def test_thinking_text_and_tools_are_blocks_in_this_order(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    said = replay(
        delta(reasoning_content="h"),
        delta(reasoning_content="m"),
        delta(content="look:"),
        delta(reasoning_content="too late"),
        delta(tool_calls=[{"index": 0, "id": "x1", "function": {"name": "look", "arguments": '{"b":1,'}}]),
        delta(tool_calls=[{"index": 0, "function": {"arguments": '"a":"ö"}'}}]),
        delta(tool_calls=[{"index": 1, "id": "x2", "function": {"name": "look", "arguments": ""}}]),
        END,
    )
    (_, first), *middle, (_, changed), _ = events(await ask(wire, said, tools=[LOOK]))
    assert first["message"]["usage"]["input_tokens"] > 1  # estimated, for the engine counted nothing before
    call = {"type": "tool_use", "id": "x1", "name": "look", "input": {}}
    assert [data for _, data in middle] == [
        *block(
            0,
            {"type": "thinking", "thinking": ""},
            {"type": "thinking_delta", "thinking": "h"},
            {"type": "thinking_delta", "thinking": "m"},
        ),
        *block(1, {"type": "text", "text": ""}, {"type": "text_delta", "text": "look:"}),
        *block(2, call, {"type": "input_json_delta", "partial_json": '{"b":1,"a":"ö"}'}),
        *block(3, {**call, "id": "x2"}, {"type": "input_json_delta", "partial_json": "{}"}),
    ]
    assert changed["delta"] == {"stop_reason": "tool_use"}
    assert changed["usage"] == {"input_tokens": 11, "output_tokens": 4}


@pytest.mark.usefixtures("_replaying")
async def test_an_empty_completion_is_a_whole_stream(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    names = [name for name, _ in events(await ask(wire, replay(END)))]
    assert names == ["message_start", "message_delta", "message_stop"]


@pytest.mark.parametrize("word", ["crash", "cut", "garbage", "error"])
async def test_a_stream_that_fails_ends_with_an_error_event(wire: Wire, backend: Settings, word: str) -> None:
    add_model(backend, "m")
    *before, (name, failure) = events(await ask(wire, f"@{word}=1"))
    assert [name for name, _ in before] == ["message_start", "content_block_start", "content_block_delta"]
    assert (name, failure["type"], failure["error"]["type"]) == ("error", "error", "api_error")
    assert failure["error"]["message"]
    assert failure["request_id"].startswith("req_")


async def test_a_client_that_hangs_up_ends_its_generation(
    runners: list[RunnerHandle], wire: Wire, backend: Settings, client: Client
) -> None:
    add_model(backend, "m")
    body = orjson.dumps(request("@hang=1"))
    async with wire.session.post("/v1/messages", data=body) as response:
        await response.content.readuntil(b"content_block_delta")
        (live,) = (await until(client, lambda snapshot: snapshot.requests)).requests
        assert (live.kind, live.model) == ("chat", "m")
    await hung_up(runners[0])
    await until(client, is_idle)


async def test_somebody_who_cancels_is_told_of_in_the_stream(wire: Wire, backend: Settings, client: Client) -> None:
    add_model(backend, "m")
    async with wire.session.post("/v1/messages", data=orjson.dumps(request("@hang=1"))) as response:
        await response.content.readuntil(b"content_block_delta")
        (live,) = (await until(client, lambda snapshot: snapshot.requests)).requests
        await client.cancel(live.id)
        assert b'"message":"request canceled"' in await response.content.read()
