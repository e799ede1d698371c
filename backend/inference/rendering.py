"""Prompts that are made here, by the model's Go template or by a renderer that its configuration names (section G.5).

A renderer of section G.9 that is not among `backend.template.renderers` is served by the engine from the model's own
Jinja template, which also says how thinking and tool calls are read. Only where the weights have none does the model's
Go template step in.
"""

from __future__ import annotations

import asyncio
import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from backend.inference import completion
from backend.inference.fitting import first_that_fits
from backend.inference.parsers.family import TemplateFamily
from backend.inference.prompt import IMAGE_TOKENS, Prompt, numbered
from backend.inference.reading import Reading
from backend.inference.thinking import CLOSING, OPENING
from backend.template.conversation import Thinking
from backend.template.renderers import RENDERERS
from backend.template.template import read
from backend.wire.ollama import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.inference.parsers.family import Family
    from backend.inference.target import Target
    from backend.scheduler.book import Lease
    from backend.template.renderers import Renderer
    from backend.template.template import Template


_BARE = "{{ .Prompt }}"  # of a model without a template, where the engine does not read its weights' (section G.4)


@dataclass(frozen=True, slots=True)
class Rendering:
    """What makes a model's prompts and reads its replies, with what a request says about thinking, on one day."""

    template: Template
    renderer: Renderer | None
    family: Family
    thinking: Thinking
    target: Target
    today: datetime.date

    @classmethod
    async def of(cls, target: Target, think: bool | str | None, source: str = "") -> Rendering:
        """`source` is the request's own template; without one the model's is used. Raises `BadTemplate`."""
        thinking = Thinking.of(target.level(think), able="thinking" in target.capabilities)
        today = datetime.datetime.now().astimezone().date()
        template = await asyncio.to_thread(read, source or target.stored.template or _BARE)
        tags = template.thinking_tags if thinking.on else None
        renderer = None if source else RENDERERS.get(target.stored.config.renderer)
        return cls(
            template, renderer, target.family or TemplateFamily(tags, template.tool_tag), thinking, target, today
        )

    @property
    def thinks(self) -> bool:
        """Whether the reply may begin with thinking that can be told from the rest."""
        return self.thinking.on and self.family.thinks

    def reading(self, prompt: Prompt, tools: Sequence[dict[str, Any]]) -> Reading:
        """For the reply to the prompt."""
        return Reading(self.family.splitter(prompt.text, tools), shows_thinking=self.thinking.on)

    def answering(self, prompt: Prompt, said: str = "") -> Prompt:
        """The prompt whose reply is nothing but an answer, behind the thinking in `said`."""
        return Prompt(self.family.answering(prompt.text, said), prompt.images)

    async def render(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]], lease: Lease) -> Prompt:
        placed, images = numbered(messages)
        shown, named = self.family.prompted(placed, tools)
        text = await asyncio.to_thread(self._written, shown, named)
        return Prompt(await completion.without_bos(text, self.target.gguf, lease), images)

    async def render_suffix(self, prompt: str, suffix: str) -> str:
        return await asyncio.to_thread(self.template.render_suffix, prompt, suffix, self.today)

    async def fit(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]], lease: Lease, *, truncate: bool
    ) -> Prompt:
        """The prompt, without the oldest messages if it would not fit (section G.6). System messages and the last one
        stay; what is too long even then is for `completion.fit`.
        """
        if truncate:  # a message is a token at least
            messages = _from(messages, max(0, len(messages) - lease.n_ctx))
        prompt = await self.render(messages, tools, lease)
        if not truncate or len(messages) == 1 or await self._fits(prompt, lease):
            return prompt

        async def fits(start: int) -> bool:
            return await self._fits(await self.render(_from(messages, start), tools, lease), lease)

        start = await first_that_fits(1, len(messages) - 1, fits)
        return await self.render(_from(messages, start), tools, lease)

    async def _fits(self, prompt: Prompt, lease: Lease) -> bool:
        seen = len(prompt.images) * IMAGE_TOKENS if self.target.stored.projectors else 0
        if len(prompt.text.encode()) + seen < lease.n_ctx:  # a token is at least one byte
            return True
        return len(await completion.tokens(prompt.text, lease, special=True)) + seen <= lease.n_ctx

    def _written(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]) -> str:
        if self.renderer is not None:
            return self.renderer(messages, tools, self.thinking)
        return self.template.render(messages, tools, self.thinking, self.today)


def conversation(target: Target, messages: Sequence[Message]) -> list[Message]:
    """The model's system text and stored messages, then the request's."""
    stored = [msgspec.convert(message, Message) for message in target.stored.messages]
    whole = [msgspec.structs.replace(message, role=message.role.lower()) for message in [*stored, *messages]]
    if target.stored.system and whole[0].role != "system":
        whole.insert(0, Message(role="system", content=target.stored.system))
    return whole


def forgetting(target: Target, messages: list[Message]) -> list[Message]:
    """Two families of models must not see what they thought before the last question (section A.3)."""
    if not target.is_of_thinkers:
        return messages
    asked = max((place for place, message in enumerate(messages) if message.role == "user"), default=0)
    return [
        msgspec.structs.replace(message, content=_without_thinking(message.content))
        if place < asked and message.role == "assistant"
        else message
        for place, message in enumerate(messages)
    ]


def _without_thinking(text: str) -> str:
    before, _, rest = text.partition(OPENING)
    _, closing, answer = rest.partition(CLOSING)
    return before + answer.lstrip() if closing else text


def _from(messages: Sequence[Message], start: int) -> list[Message]:
    """The messages without those before `start`, save the system's."""
    return [message for message in messages[:start] if message.role == "system"] + list(messages[start:])
