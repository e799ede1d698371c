"""The engine's streams, read: the specification's section I.3."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from backend.errors import BackendError, RunnerDied
from backend.events import Changes
from backend.inference.engine_events import done, read_chat, read_completion
from backend.inference.pieces import Piece
from backend.monitor.requests import Caller, LiveRequest, LiveRequests
from backend.runner.stream import RunnerClient
from backend.scheduler.book import Lease
from backend.wire.ollama import Logprob, ToolCall, ToolCallFunction

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

Event = dict[str, Any]
END = {"choices": [{"index": 0, "finish_reason": "tool_calls", "delta": {}}], "timings": {"predicted_n": 2}}


async def stream(events: tuple[Event, ...]) -> AsyncIterator[Event]:
    for event in events:
        yield event


@contextmanager
def tracked() -> Iterator[LiveRequest]:
    with LiveRequests(Changes()).track("chat", "m", Caller("test")) as live:
        yield live


async def read(
    reader: Callable[[AsyncIterator[Event], LiveRequest, int], AsyncGenerator[Piece | Event, None]],
    *events: Event,
    top: int = 0,
) -> tuple[list[Piece | Event], LiveRequest]:
    with tracked() as live:
        return [piece async for piece in reader(stream(events), live, top)], live


def delta(_logprobs: list[Event] | None = None, **fields: Any) -> Event:
    choice = {"index": 0, "finish_reason": None, "delta": fields, "logprobs": {"content": _logprobs}}
    return {"choices": [choice]}


def fragment(index: int, **fields: Any) -> Event:
    name_and_arguments = {name: fields.pop(name) for name in ("name", "arguments") if name in fields}
    return delta(tool_calls=[{"index": index, "function": name_and_arguments, **fields}])


async def test_text_and_thinking_are_told_apart() -> None:
    pieces, live = await read(
        read_chat,
        delta(role="assistant", content=None),
        {"choices": [{"index": 0, "finish_reason": None, "delta": {}}], "prompt_progress": {"processed": 5}},
        delta(reasoning_content="hm"),
        delta(content="a", reasoning_content=None, tool_calls=None),
        delta(content=""),
        {"choices": []},
        END,
    )
    assert pieces == [
        Piece(thinking="hm"),
        Piece("a"),
        {"finish_reason": "tool_calls", "timings": {"predicted_n": 2}, "tool_calls": []},
    ]
    assert (live.prompt_tokens, live.tokens, live.state) == (5, 2, "decode")


async def test_fragments_of_tool_calls_are_put_together() -> None:
    pieces, live = await read(
        read_chat,
        fragment(1, id="y", name="second", arguments=""),
        fragment(0, id="x", name="first", arguments='{"a": "'),
        fragment(0, arguments='é"}'),
        END,
    )
    assert isinstance(pieces[0], dict)
    assert pieces[0]["tool_calls"] == [
        ToolCall(id="x", function=ToolCallFunction(index=0, name="first", arguments={"a": "é"})),
        ToolCall(id="y", function=ToolCallFunction(index=1, name="second", arguments={})),
    ]
    assert live.tokens == 3


async def test_the_finishing_event_may_carry_something() -> None:
    last = fragment(0, id="x", name="look", arguments="{}")
    last["choices"][0]["delta"]["content"] = "."
    last["choices"][0]["finish_reason"] = "stop"
    pieces, _ = await read(read_chat, last)
    call = ToolCall(id="x", function=ToolCallFunction(index=0, name="look", arguments={}))
    assert pieces == [Piece("."), {"finish_reason": "stop", "timings": {}, "tool_calls": [call]}]


@pytest.mark.parametrize("arguments", ['{"a":', "[1]", '"text"', "null", "nonsense"])
async def test_broken_arguments_are_an_error_that_shows_them(arguments: str) -> None:
    with pytest.raises(BackendError) as caught:
        await read(read_chat, fragment(0, name="look", arguments=arguments), END)
    assert caught.value.message == f"error parsing tool call: raw='{arguments}', err=not a JSON object"


async def test_logprobs_of_a_chat() -> None:
    alternatives = [{"token": "a", "logprob": -0.1}, {"token": "ß", "logprob": -2.0}]
    entry = {"token": "a", "logprob": -0.1, "top_logprobs": alternatives}
    listed = [{"token": "a", "logprob": -0.1, "bytes": [97]}, {"token": "ß", "logprob": -2.0, "bytes": [195, 159]}]
    for top in (0, 1, 2):
        (piece, _), _ = await read(read_chat, delta([entry], content="a"), END, top=top)
        assert isinstance(piece, Piece)
        alternatives_shown = {"top_logprobs": listed[:top]} if top else {}
        assert msgspec.to_builtins(piece.logprobs) == [{**listed[0], **alternatives_shown}]


async def test_pieces_of_a_completion() -> None:
    entry = {"token": "b", "logprob": -1.0}
    end = {"content": ".", "stop": True, "stop_type": "limit", "timings": {}}
    pieces, live = await read(
        read_completion,
        {"content": "", "stop": False, "prompt_progress": {"processed": 7}},
        {"content": "a", "stop": False},
        {"content": "", "stop": False},
        {"content": "", "stop": False, "completion_probabilities": [entry]},
        end,
    )
    held_back = Piece("", logprobs=msgspec.convert([{**entry, "bytes": [98]}], list[Logprob]))
    assert pieces == [Piece("a"), held_back, Piece("."), end]
    assert (live.prompt_tokens, live.tokens) == (7, 3)


async def test_a_stream_that_only_stops_is_broken() -> None:
    for reader in (read_chat, read_completion):
        with pytest.raises(RunnerDied, match="ended its stream in the middle"):
            await read(reader)


async def test_the_figures_of_a_generation() -> None:
    timings = {"cache_n": 10, "prompt_n": 2, "prompt_ms": 1.5, "predicted_n": 3, "predicted_ms": 2.25}
    client = RunnerClient("/nowhere.sock", "key")
    try:
        lease = Lease("r", client, 64, 32, 0.0)
        end = done("stop", timings, lease, 0)
        assert (end.prompt_tokens, end.tokens) == (12, 3)  # cached tokens count
        assert (end.prompt_ns, end.decode_ns) == (1_500_000, 2_250_000)
        assert end.load_ns == 1  # never 0
        assert end.total_ns > 0
        assert done("stop", {}, lease, 0).tokens == 0
    finally:
        await client.close()
