"""Chats whose prompts are made here (section G.5, "rendered")."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backend.inference import completion
from backend.inference.pieces import Piece, Rendered
from backend.inference.reading import Reading
from backend.inference.rendering import Rendering, conversation, forgetting

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AbstractAsyncContextManager

    from backend.inference.continued import Continued
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
    messages = forgetting(target, conversation(target, request.messages))
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
            # With a call that only the end completes.
            parts = completion.ending(reading, generation.ended, lease, started_ns)
            if generation.ended["stop_type"] == "limit" or reading.calls:
                for part in parts:
                    yield part
                return
        prompt = rendering.answering(prompt, "".join(generation.raw))
    elif constraint:
        prompt = rendering.answering(prompt)
    if constraint:
        reading = Reading(None)
    async with generation.run(prompt, constraint) as pieces:
        async for piece in pieces:
            if isinstance(piece, Piece):
                shown = reading.feed(piece)
                if shown.text or shown.thinking or shown.logprobs:
                    yield shown
                continue
            for part in completion.ending(reading, piece, lease, started_ns):
                yield part


async def begun(lease: Lease, target: Target, request: Continued) -> Prompt:
    """What `go_on` goes on with."""
    rendering = await Rendering.of(target, request.think)
    messages = forgetting(target, conversation(target, request.messages))
    prompt = await rendering.fit(messages, request.tools, lease, truncate=request.truncate)
    return request.behind(prompt, rendering.family)


async def go_on(
    lease: Lease, request: Continued, prompt: Prompt, options: Options, live: LiveRequest, started_ns: int
) -> AsyncGenerator[Part, None]:
    """As `chat`, for a reply that has begun in the prompt: whatever comes is its text."""
    live.runner, live.state = lease.runner, "prefill"
    async with _Generation(lease, request, options, live, {}).run(prompt, {}) as pieces:
        async for piece in pieces:
            if isinstance(piece, Piece):
                yield piece
                continue
            for part in completion.ending(Reading(None), piece, lease, started_ns):
                yield part


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
        async with self.run(prompt, {}) as pieces:
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

    def run(
        self, prompt: Prompt, constraint: dict[str, Any]
    ) -> AbstractAsyncContextManager[AsyncGenerator[Piece | Event, None]]:
        """As `completion.run`."""
        keys = constraint | self.preserved
        return completion.run(prompt, self.request, self.options, self.lease, self.live, keys)
