"""Reading the engine's two streams: `/v1/chat/completions` and `/completion` (the specification's section I.3)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import orjson

from backend.errors import BackendError, RunnerDied
from backend.inference.pieces import Done, Piece
from backend.wire.ollama import Logprob, TokenLogprob, ToolCall, ToolCallFunction

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from backend.monitor.requests import LiveRequest
    from backend.runner.stream import Event
    from backend.scheduler.book import Lease

_NS_PER_MS = 1_000_000


def done(reason: str, timings: Event, lease: Lease, started_ns: int) -> Done:
    """The final record from the engine's timings. `started_ns` is `time.monotonic_ns()` at arrival."""
    return Done(
        reason=reason,
        total_ns=time.monotonic_ns() - started_ns,
        load_ns=max(int(lease.load_s * 1e9), 1),
        prompt_tokens=int(timings.get("cache_n", 0)) + int(timings.get("prompt_n", 0)),
        prompt_ns=int(timings.get("prompt_ms", 0) * _NS_PER_MS),
        tokens=int(timings.get("predicted_n", 0)),
        decode_ns=int(timings.get("predicted_ms", 0) * _NS_PER_MS),
    )


async def read_completion(
    events: AsyncIterator[Event], live: LiveRequest, top_logprobs: int
) -> AsyncGenerator[Piece | Event, None]:
    """Pieces of a `/completion` stream; the engine's last event itself comes last."""
    async for event in events:
        if event.get("stop"):
            if event["content"]:
                yield Piece(event["content"])
            yield event
            return
        if progress := event.get("prompt_progress"):
            _note(progress, live)
            continue
        live.generated()
        if probabilities := event.get("completion_probabilities"):
            yield Piece(event["content"], logprobs=[_logprob(entry, top_logprobs) for entry in probabilities])
        elif event["content"]:
            yield Piece(event["content"])
    raise RunnerDied("the model runner ended its stream in the middle")


async def read_chat(
    events: AsyncIterator[Event], live: LiveRequest, top_logprobs: int
) -> AsyncGenerator[Piece | Event, None]:
    """Pieces of a chat stream; last comes `{finish_reason, timings, tool_calls}`."""
    calls: dict[int, dict[str, str]] = {}
    async for event in events:
        if progress := event.get("prompt_progress"):
            _note(progress, live)
            continue
        if not event.get("choices"):
            continue
        choice = event["choices"][0]
        delta = choice["delta"]
        fragments = delta.get("tool_calls") or ()
        for call in fragments:
            _collect(calls.setdefault(call["index"], {"id": "", "name": "", "arguments": ""}), call)
        text, thinking = delta.get("content") or "", delta.get("reasoning_content") or ""
        if text or thinking or fragments:
            live.generated()
        if text or thinking:  # fragments of tool calls are shown whole, at the end
            entries = (choice.get("logprobs") or {}).get("content") or ()
            yield Piece(text, thinking, [_logprob(entry, top_logprobs) for entry in entries])
        if reason := choice["finish_reason"]:
            tool_calls = [_tool_call(index, call) for index, call in sorted(calls.items())]
            yield {"finish_reason": reason, "timings": event.get("timings", {}), "tool_calls": tool_calls}
            return
    raise RunnerDied("the model runner ended its stream in the middle")


def _note(progress: Event, live: LiveRequest) -> None:
    """What the engine tells of a prompt that it evaluates (the specification's section I.3)."""
    live.prefilled(
        progress["processed"], progress.get("total", 0), progress.get("cache", 0), progress.get("time_ms", 0)
    )


def _logprob(entry: Event, top: int) -> Logprob:
    alternatives = [
        TokenLogprob(token=item["token"], logprob=item["logprob"], bytes=_bytes(item))
        for item in entry.get("top_logprobs", ())[:top]
    ]
    return Logprob(token=entry["token"], logprob=entry["logprob"], bytes=_bytes(entry), top_logprobs=alternatives)


def _bytes(entry: Event) -> list[int]:
    """Those of a token that is no whole character are known to the engine alone."""
    return entry.get("bytes") or list(entry["token"].encode())


def _collect(call: dict[str, str], delta: Event) -> None:
    """Add a fragment of a tool call: the engine sends arguments piecewise."""
    function: dict[str, Any] = delta.get("function", {})
    call["id"] += delta.get("id") or ""
    call["name"] += function.get("name") or ""
    call["arguments"] += function.get("arguments") or ""


def _tool_call(index: int, call: dict[str, str]) -> ToolCall:
    try:
        arguments = orjson.loads(call["arguments"] or "{}")
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        raise BackendError(f"error parsing tool call: raw='{call['arguments']}', err=not a JSON object")
    return ToolCall(id=call["id"], function=ToolCallFunction(index=index, name=call["name"], arguments=arguments))
