"""Prompts that the model's Go template makes here, and chats that go through them (section G.5, "rendered")."""

from __future__ import annotations

import asyncio
import datetime
import re
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from backend.inference import completion
from backend.inference.engine_events import done, read_completion
from backend.inference.pieces import Piece, Rendered
from backend.inference.reading import Reading
from backend.template.conversation import Thinking, tool_names
from backend.template.template import read
from backend.wire.ollama import Message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from backend.inference.options import Options
    from backend.inference.pieces import Part
    from backend.inference.target import Target
    from backend.monitor.requests import LiveRequest
    from backend.runner.stream import Event
    from backend.scheduler.book import Lease
    from backend.template.template import Template
    from backend.wire.ollama import ChatRequest

_OLD_THINKING = re.compile(r"<think>.*?</think>\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rendering:
    """A template with what a request says about thinking, for one model on one day."""

    template: Template
    thinking: Thinking
    target: Target
    today: datetime.date

    @classmethod
    async def of(cls, target: Target, think: bool | str | None, source: str = "") -> Rendering:
        """`source` is the request's own template; without one the model's is used. Raises `BadTemplate`."""
        thinking = Thinking.of(think, able="thinking" in target.capabilities)
        today = datetime.datetime.now().astimezone().date()
        template = await asyncio.to_thread(read, source or target.stored.template)
        return cls(template, thinking, target, today)

    @property
    def tags(self) -> tuple[str, str] | None:
        """The tags to look for in the reply."""
        return self.template.thinking_tags if self.thinking.on else None

    async def render(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], lease: Lease) -> str:
        text = await asyncio.to_thread(self.template.render, messages, tools, self.thinking, self.today)
        return await completion.without_bos(text, self.target.gguf, lease)

    async def render_suffix(self, prompt: str, suffix: str) -> str:
        return await asyncio.to_thread(self.template.render_suffix, prompt, suffix, self.today)

    async def fit(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], lease: Lease, *, truncate: bool
    ) -> str:
        """The prompt, without the oldest messages if it would not fit (section G.6). System messages and the last one
        stay; what is too long even then is for `completion.fit`.
        """
        if truncate:  # a message is a token at least
            messages = _from(messages, max(0, len(messages) - lease.n_ctx))
        prompt = await self.render(messages, tools, lease)
        if not truncate or len(messages) == 1 or await _fits(prompt, lease):
            return prompt
        low, high = 1, len(messages) - 1  # dropping one more never makes the prompt longer
        while low < high:
            middle = (low + high) // 2
            if await _fits(await self.render(_from(messages, middle), tools, lease), lease):
                high = middle
            else:
                low = middle + 1
        return await self.render(_from(messages, low), tools, lease)


def conversation(target: Target, messages: Sequence[Message]) -> list[Message]:
    """The model's system text and stored messages, then the request's."""
    stored = [msgspec.convert(message, Message) for message in target.stored.messages]
    whole = [msgspec.structs.replace(message, role=message.role.lower(), images=[]) for message in [*stored, *messages]]
    if target.stored.system and whole[0].role != "system":
        whole.insert(0, Message(role="system", content=target.stored.system))
    return _forgetting(target, whole)


async def chat(
    lease: Lease, target: Target, request: ChatRequest, options: Options, live: LiveRequest, started_ns: int
) -> AsyncGenerator[Part, None]:
    """The next message of a chat, from `/completion`. Tool calls come with `Done`."""
    rendering = await Rendering.of(target, request.think)
    messages = conversation(target, request.messages)
    prompt = await rendering.fit(messages, request.tools, lease, truncate=request.truncate)
    if request.debug_render_only:
        yield Rendered(prompt)
        return
    live.runner, live.state = lease.runner, "prefill"
    names = tool_names(request.tools)
    reading = Reading(prompt, rendering.tags, tool_tag=rendering.template.tool_tag, tools=names)
    generation = _Generation(lease, request, options, live)
    constraint = completion.constraint(request)
    if constraint and rendering.tags:
        # What is held to a format cannot think: the first run thinks, the second goes on from there.
        async with aclosing(generation.think(prompt, reading)) as thoughts:
            async for thought in thoughts:
                yield thought
        if generation.ended is not None and generation.ended["stop_type"] == "limit":
            yield reading.finish()
            yield done("length", generation.ended["timings"], lease, started_ns)
            return
        prompt, reading = prompt + _thought("".join(generation.raw), rendering.tags[1]), Reading("", None)
    async with aclosing(generation.run(prompt, constraint)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Piece):
                shown = reading.feed(piece)
                if shown.text or shown.thinking or shown.logprobs:
                    yield shown
                continue
            rest = reading.finish()
            if rest.text or rest.thinking:
                yield rest
            reason = "length" if piece["stop_type"] == "limit" else "stop"
            end = done(reason, piece["timings"], lease, started_ns)
            stop = str(piece.get("stopping_word", ""))
            yield msgspec.structs.replace(end, tool_calls=reading.calls, stop_string=stop)


@dataclass(slots=True)
class _Generation:
    """What the runs of one chat share. `raw` and `ended` (the engine's last event, if any) tell how `think` went."""

    lease: Lease
    request: ChatRequest
    options: Options
    live: LiveRequest
    raw: list[str] = field(default_factory=list)
    ended: Event | None = None

    async def think(self, prompt: str, reading: Reading) -> AsyncGenerator[Piece, None]:
        """The thinking of a reply; ends where its content begins."""
        async with aclosing(self.run(prompt, {})) as pieces:
            async for piece in pieces:
                if not isinstance(piece, Piece):
                    self.ended = piece
                    return
                self.raw.append(piece.text)
                shown = reading.feed(piece)
                if shown.thinking:
                    yield Piece(thinking=shown.thinking)
                if shown.text:
                    return

    async def run(self, prompt: str, constraint: Mapping[str, Any]) -> AsyncGenerator[Piece | Event, None]:
        """The pieces of one completion; the engine's last event comes last."""
        keep = int(self.options.sampling["num_keep"])
        text = await completion.fit(prompt, self.request, self.lease, keep)
        body = {"prompt": text, "cache_prompt": True, **completion.extras(self.request), **constraint}
        body |= self.options.engine(self.lease.n_ctx)
        async with (
            aclosing(self.lease.client.stream("/completion", body)) as events,
            aclosing(read_completion(events, self.live, self.request.top_logprobs)) as pieces,
        ):
            async for piece in pieces:
                yield piece


def _thought(raw: str, closing: str) -> str:
    """The part of a reply up to the end of its thinking; nothing if it did not think."""
    before, tag, _ = raw.partition(closing)
    return f"{before}{tag}\n\n" if tag else ""


def _forgetting(target: Target, messages: list[Message]) -> list[Message]:
    """Two families of models must not see what they thought before the last question (section A.3)."""
    if target.stored.config.model_family != "qwen3" and target.stored.name.model != "deepseek-r1":
        return messages
    asked = max((place for place, message in enumerate(messages) if message.role == "user"), default=0)
    return [
        msgspec.structs.replace(message, content=_OLD_THINKING.sub("", message.content, count=1))
        if place < asked and message.role == "assistant"
        else message
        for place, message in enumerate(messages)
    ]


def _from(messages: Sequence[Message], start: int) -> list[Message]:
    """The messages without those before `start`, save the system's."""
    return [message for message in messages[:start] if message.role == "system"] + list(messages[start:])


async def _fits(prompt: str, lease: Lease) -> bool:
    if len(prompt.encode()) < lease.n_ctx:  # a token is at least one byte
        return True
    return len(await completion.tokens(prompt, lease, special=True)) <= lease.n_ctx
