"""Completion of one prompt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from backend.errors import BadRequest, EngineRefused
from backend.inference import completion, engine_limits
from backend.inference import options as option
from backend.inference.parsers.family import TemplateFamily
from backend.inference.pieces import Done, Part, Piece, Rendered
from backend.inference.prompt import Prompt, numbered
from backend.inference.reading import Reading
from backend.inference.rendering import Rendering
from backend.inference.thinking import CLOSING, OPENING
from backend.inference.webp import with_readable_images
from backend.wire.ollama import Message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from backend.inference.target import Target
    from backend.monitor.requests import LiveRequest
    from backend.scheduler.book import Lease
    from backend.scheduler.scheduler import Scheduler
    from backend.wire.ollama import GenerateRequest


def check(target: Target, request: GenerateRequest) -> None:
    """Raise what the specification's section A.2 says, in its order, before anything is loaded."""
    if "image" in target.capabilities:
        raise BadRequest("image generation models are not currently supported")
    if request.raw and (request.template or request.system or request.context):
        raise BadRequest("raw mode does not support template, system, or context")
    if request.think:
        target.require("thinking", "thinking")
    target.require("completion", "generate")
    if request.suffix and "insert" not in target.capabilities:
        raise BadRequest(f"{target.stored.name.full} does not support insert")


async def generate(
    scheduler: Scheduler, target: Target, request: GenerateRequest, keep_alive: float | None, live: LiveRequest
) -> AsyncGenerator[Part, None]:
    """Complete the prompt. An empty prompt only loads the model."""
    started_ns = time.monotonic_ns()
    options = option.resolve(target.stored.params, request.options, shift=request.shift)
    demand = target.demand(options)
    engine_limits.check(target, request, demand.engine.engine)
    target = target.run_by(demand.engine.engine)
    request = await with_readable_images(request)
    async with scheduler.lease(demand, keep_alive, live.waiting_for) as lease:
        if not request.prompt:
            yield Done("load")
            return
        prompt, reading, special = await _prompt(target, request, lease)
        if request.debug_render_only:
            yield Rendered(prompt.text, len(prompt.images))
            return
        live.runner, live.state = lease.runner, "prefill"
        keys = completion.constraint(request) | completion.preserved(special)
        text: list[str] = []
        async with completion.run(prompt, request, options, lease, live, keys) as pieces:
            async for piece in pieces:
                if isinstance(piece, Piece):
                    text.append(piece.text)
                    shown = reading.feed(piece)
                    if shown.text or shown.thinking or shown.logprobs:
                        yield shown
                    continue
                *rest, end = completion.ending(reading, piece, lease, started_ns)
                for part in rest:
                    yield part
                whole = prompt.text + "".join(text)
                context = [] if request.raw else await completion.tokens(whole, lease, special=False)
                yield msgspec.structs.replace(end, context=context)


async def _prompt(target: Target, request: GenerateRequest, lease: Lease) -> tuple[Prompt, Reading, Sequence[str]]:
    """What the model sees, what reads its reply, and the special tokens that the engine has to print for that."""
    if request.raw:
        return Prompt.plain(request.prompt, request.images), Reading(None), ()
    past = ""
    if request.context:
        try:
            past = str((await lease.client.call("/detokenize", {"tokens": request.context}))["content"])
        except EngineRefused:
            raise BadRequest("context holds tokens that the model does not have") from None
    messages = [Message(role="system", content=text) for text in (request.system or target.stored.system,) if text]
    if not request.context:
        messages += [msgspec.convert(message, Message) for message in target.stored.messages]
    messages.append(Message(role="user", content=request.prompt, images=request.images))
    if request.suffix or request.template or target.renders_here():
        return await _rendered(target, request, lease, past, messages)
    thinks = "thinking" in target.capabilities
    family = target.family or TemplateFamily((OPENING, CLOSING) if thinks and request.think is not False else None, "")
    if target.has_template:
        placed, images = numbered(messages)
        plain = [{"role": message.role, "content": message.content} for message in placed]
        body = {"messages": plain} | target.template_switches(request.think)
        text = str((await lease.client.call("/apply-template", body))["prompt"])
        prompt = Prompt(text, images).behind(past)
    else:
        prompt = Prompt.plain(request.prompt, request.images).behind(past)
    if completion.constraint(request):
        answering = family.answering(prompt.text, "")
        return Prompt(answering, prompt.images), Reading(None), family.preserved
    shows = thinks and request.think is not False
    return prompt, Reading(family.splitter(prompt.text, ()), shows_thinking=shows), family.preserved


async def _rendered(
    target: Target, request: GenerateRequest, lease: Lease, past: str, messages: list[Message]
) -> tuple[Prompt, Reading, Sequence[str]]:
    """As `_prompt`, where the prompt is made here. With a suffix a template sees nothing but what stands around the gap
    (section A.2).
    """
    rendering = await Rendering.of(target, request.think, request.template)
    if request.suffix:
        text = await rendering.render_suffix(request.prompt, request.suffix)
        return Prompt.plain(text, request.images).behind(past), Reading(None), ()
    prompt = (await rendering.fit(messages, (), lease, truncate=request.truncate)).behind(past)
    if completion.constraint(request):
        return rendering.answering(prompt), Reading(None), rendering.family.preserved
    return prompt, rendering.reading(prompt, ()), rendering.family.preserved
