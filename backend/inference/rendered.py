"""Chats whose prompts are made here (section G.5, "rendered")."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from backend.inference import completion
from backend.inference.engine_events import done, read_completion
from backend.inference.pieces import Piece, Rendered
from backend.inference.reading import Reading
from backend.inference.rendering import Rendering, conversation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from backend.inference.options import Options
    from backend.inference.pieces import Part
    from backend.inference.prompt import Prompt
    from backend.inference.target import Target
    from backend.monitor.requests import LiveRequest
    from backend.runner.stream import Event
    from backend.scheduler.book import Lease
    from backend.wire.ollama import ChatRequest


async def chat(
    lease: Lease, target: Target, request: ChatRequest, options: Options, live: LiveRequest, started_ns: int
) -> AsyncGenerator[Part, None]:
    """The next message of a chat, from `/completion`. Tool calls come with `Done`."""
    rendering = await Rendering.of(target, request.think)
    messages = conversation(target, request.messages)
    prompt = await rendering.fit(messages, request.tools, lease, truncate=request.truncate)
    if request.debug_render_only:
        yield Rendered(prompt.text, len(prompt.images))
        return
    live.runner, live.state = lease.runner, "prefill"
    generation = _Generation(lease, request, options, live, completion.preserved(rendering.family.preserved))
    constraint = completion.constraint(request)
    reading = rendering.reading(prompt, request.tools)
    if constraint and rendering.thinks:
        # What is held to a format cannot think: the first run thinks, the second goes on from there.
        async with aclosing(generation.think(prompt, reading)) as thoughts:
            async for thought in thoughts:
                yield thought
        if generation.ended is not None:
            parts = _end(reading, generation.ended, lease, started_ns)  # with a call that only the end completes
            if generation.ended["stop_type"] == "limit" or reading.calls:
                for part in parts:
                    yield part
                return
        prompt = rendering.answering(prompt, "".join(generation.raw))
    elif constraint:
        prompt = rendering.answering(prompt)
    if constraint:
        reading = Reading(None)
    async with aclosing(generation.run(prompt, constraint)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Piece):
                shown = reading.feed(piece)
                if shown.text or shown.thinking or shown.logprobs:
                    yield shown
                continue
            for part in _end(reading, piece, lease, started_ns):
                yield part


def _end(reading: Reading, ended: Event, lease: Lease, started_ns: int) -> list[Part]:
    """What was held back, and the final record."""
    rest = reading.finish()
    reason = "length" if ended["stop_type"] == "limit" else "stop"
    end = done(reason, ended["timings"], lease, started_ns)
    stop = str(ended.get("stopping_word", ""))
    last = msgspec.structs.replace(end, tool_calls=reading.calls, stop_string=stop)
    return [rest, last] if rest.text or rest.thinking else [last]


@dataclass(slots=True)
class _Generation:
    """What the runs of one chat share. `raw` and `ended` (the engine's last event, if any) tell how `think` went."""

    lease: Lease
    request: ChatRequest
    options: Options
    live: LiveRequest
    preserved: dict[str, Any]
    raw: list[str] = field(default_factory=list)
    ended: Event | None = None

    async def think(self, prompt: Prompt, reading: Reading) -> AsyncGenerator[Piece, None]:
        """The thinking of a reply; ends where its content begins. A reply that calls a tool instead is read whole."""
        async with aclosing(self.run(prompt, {})) as pieces:
            async for piece in pieces:
                if not isinstance(piece, Piece):
                    self.ended = piece
                    return
                self.raw.append(piece.text)
                shown = reading.feed(piece)
                if shown.thinking:
                    yield Piece(thinking=shown.thinking)
                if shown.text and not reading.calls:
                    return

    async def run(self, prompt: Prompt, constraint: Mapping[str, Any]) -> AsyncGenerator[Piece | Event, None]:
        """The pieces of one completion; the engine's last event comes last."""
        keep = int(self.options.sampling["num_keep"])
        fitted = await completion.fit(prompt, self.request, self.lease, keep)
        body = {"prompt": fitted, "cache_prompt": True, **completion.extras(self.request), **constraint}
        body |= self.options.engine(self.lease.n_ctx) | self.preserved
        async with (
            aclosing(self.lease.client.stream("/completion", body)) as events,
            aclosing(read_completion(events, self.live, self.request.top_logprobs)) as pieces,
        ):
            async for piece in pieces:
                yield piece
