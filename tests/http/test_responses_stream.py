"""Streams of `POST /v1/responses`: the events and their order (the specification's section B.6)."""

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
    from tests.fakes.wire import Wire

pytestmark = pytest.mark.section("B.6")

LOOK = {"type": "function", "name": "look", "parameters": {"type": "object", "properties": {"at": {}}}}
TEXT = ["output_item.added", "content_part.added", "output_text.delta"]
TEXT_END = ["output_text.done", "content_part.done", "output_item.done"]


async def ask(wire: Wire, prompt: str, **fields: Any) -> list[dict[str, Any]]:
    """The data of the events, whose names and numbers are right."""
    answer = await wire.post("/v1/responses", model="m", input=prompt, stream=True, **fields)
    told = events(answer)
    assert [name for name, _ in told] == [data["type"] for _, data in told]
    assert [data["sequence_number"] for _, data in told] == list(range(len(told)))
    assert all(list(data)[:2] == ["type", "sequence_number"] for _, data in told)
    return [data for _, data in told]


def kinds(told: list[dict[str, Any]]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in told]


@pytest.mark.section("M.25")
async def test_a_stream_of_text_has_its_events_in_order(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    told = await ask(wire, "@tokens=2 three words", instructions="be brief")
    assert kinds(told) == ["created", "in_progress", *TEXT, "output_text.delta", *TEXT_END, "completed"]
    created, in_progress, item, part, first, second, text, part_done, item_done, completed = told
    start = created["response"]
    assert (start["status"], start["output"], start["usage"]) == ("in_progress", [], None)
    assert (start["completed_at"], start["instructions"]) == (None, "be brief")
    assert in_progress["response"] == start
    message = item["item"]
    place = {"item_id": message["id"], "output_index": 0, "content_index": 0}
    empty = {"type": "message", "id": message["id"], "status": "in_progress", "role": "assistant", "content": []}
    assert (message, item["output_index"]) == (empty, 0)
    said = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    whole = {**said, "text": "t0 t1 "}
    for event, fields in (
        (part, {"part": said}),
        (first, {"delta": "t0 ", "logprobs": []}),
        (second, {"delta": "t1 ", "logprobs": []}),
        (text, {"text": "t0 t1 ", "logprobs": []}),
        (part_done, {"part": whole}),
    ):
        assert event == {"type": event["type"], "sequence_number": event["sequence_number"], **place, **fields}
    assert item_done["item"] == {**empty, "status": "completed", "content": [whole]}
    end = completed["response"]
    assert (end["id"], end["status"], end["output"]) == (start["id"], "completed", [item_done["item"]])
    assert end["completed_at"] >= end["created_at"] == start["created_at"]
    assert (end["usage"]["input_tokens"], end["usage"]["output_tokens"]) == (3, 2)


async def test_a_cut_reply_says_so_in_the_last_event(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    last = (await ask(wire, "@tokens=20", max_output_tokens=3))[-1]
    assert last["type"] == "response.completed"
    assert last["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


@pytest.mark.usefixtures("_replaying")
async def test_an_empty_completion_is_an_empty_message(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    told = await ask(wire, replay(END))
    assert kinds(told) == ["created", "in_progress", *TEXT, *TEXT_END, "completed"]
    assert told[2]["item"]["content"] == []


@pytest.mark.usefixtures("_replaying")
async def test_reasoning_text_and_calls_are_items_in_this_order(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    said = replay(
        delta(reasoning_content="h"),
        delta(reasoning_content="m"),
        delta(content="look:"),
        delta(reasoning_content="too late"),
        delta(tool_calls=[{"index": 0, "id": "x1", "function": {"name": "look", "arguments": '{"b":1}'}}]),
        delta(tool_calls=[{"index": 1, "id": "x2", "function": {"name": "look", "arguments": ""}}]),
        END,
    )
    told = await ask(wire, said, tools=[LOOK])
    summary = ["reasoning_summary_text.delta"] * 2 + ["reasoning_summary_text.done"]
    arguments = ["function_call_arguments.delta", "function_call_arguments.done"]
    assert kinds(told) == [
        *("created", "in_progress"),
        *("output_item.added", *summary, "output_item.done"),
        *(*TEXT, *TEXT_END),
        *("output_item.added", *arguments, "output_item.done"),
        *("output_item.added", *arguments, "output_item.done"),
        "completed",
    ]
    places = [event["output_index"] for event in told if "output_index" in event]
    assert places == [0] * 5 + [1] * 6 + [2] * 4 + [3] * 4
    thought, begun = told[2]["item"], told[13]["item"]
    assert thought == {"type": "reasoning", "id": thought["id"], "summary": [], "encrypted_content": ""}
    assert [event["delta"] for event in told[3:5]] == ["h", "m"]
    assert (told[5]["text"], told[5]["item_id"], told[5]["summary_index"]) == ("hm", thought["id"], 0)
    call = {"type": "function_call", "id": begun["id"], "call_id": "x1", "name": "look"}
    assert begun == {**call, "status": "in_progress", "arguments": ""}
    assert (told[14]["delta"], told[14]["item_id"]) == ('{"b":1}', begun["id"])
    assert (told[15]["arguments"], told[15]["name"]) == ('{"b":1}', "look")
    assert told[16]["item"] == {**call, "status": "completed", "arguments": '{"b":1}'}
    items = [event["item"] for event in told if event["type"] == "response.output_item.done"]
    assert told[-1]["response"]["output"] == items


@pytest.mark.parametrize("word", ["crash", "cut", "garbage", "error"])
async def test_a_stream_that_fails_ends_with_a_failed_response(wire: Wire, backend: Settings, word: str) -> None:
    add_model(backend, "m")
    told = await ask(wire, f"@{word}=1")
    assert kinds(told) == ["created", "in_progress", *TEXT, "failed"]
    failed = told[-1]["response"]
    assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")
    assert failed["error"]["message"]
    assert failed["id"] == told[0]["response"]["id"]


async def test_a_client_that_hangs_up_ends_its_generation(
    runners: list[RunnerHandle], wire: Wire, backend: Settings, client: Client
) -> None:
    add_model(backend, "m")
    asked = orjson.dumps({"model": "m", "input": "@hang=1", "stream": True})
    async with wire.session.post("/v1/responses", data=asked) as response:
        await response.content.readuntil(b"output_text.delta")
        (live,) = (await until(client, lambda snapshot: snapshot.requests)).requests
        assert (live.kind, live.model) == ("chat", "m")
    await hung_up(runners[0])
    await until(client, is_idle)


async def test_somebody_who_cancels_is_told_of_in_the_stream(wire: Wire, backend: Settings, client: Client) -> None:
    add_model(backend, "m")
    asked = orjson.dumps({"model": "m", "input": "@hang=1", "stream": True})
    async with wire.session.post("/v1/responses", data=asked) as response:
        await response.content.readuntil(b"output_text.delta")
        (live,) = (await until(client, lambda snapshot: snapshot.requests)).requests
        await client.cancel(live.id)
        assert b'"message":"request canceled"' in await response.content.read()
