"""Completion of one prompt."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backend.errors import BackendError, BadRequest, EngineRefused
from backend.inference import options as option
from backend.inference.engine_events import done, read_completion
from backend.inference.pieces import Done, Part, Piece, Rendered
from backend.inference.schema import closed
from backend.inference.thinking import OPENING, ThinkingParser

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from backend.inference.target import Target
    from backend.monitor.requests import LiveRequest
    from backend.scheduler.book import Lease
    from backend.scheduler.scheduler import Scheduler
    from backend.wire.ollama import GenerateRequest

_ANY_OBJECT = {"type": "object"}
_TOO_LONG = (
    "the prompt is longer than the context length currently available to the model; shorten the prompt, adjust the "
    "context length in settings, or use a model with a longer context length"
)


def check(target: Target, request: GenerateRequest) -> None:
    """Raise what the specification's section A.2 says, in its order, before anything is loaded."""
    if request.raw and (request.template or request.system or request.context):
        raise BadRequest("raw mode does not support template, system, or context")
    if request.think:
        target.require("thinking", "thinking")
    target.require("completion", "generate")
    if request.suffix:
        raise BadRequest(f"{target.stored.name.full} does not support insert")
    if request.template:
        raise BadRequest("a template in the request is not supported by this version; leave it out, or use raw")
    if request.images:
        raise BadRequest("images are not supported here by this version; send them in a message of /api/chat")


async def generate(
    scheduler: Scheduler, target: Target, request: GenerateRequest, keep_alive: float | None, live: LiveRequest
) -> AsyncGenerator[Part, None]:
    """Complete the prompt. An empty prompt only loads the model."""
    started_ns = time.monotonic_ns()
    options = option.resolve(target.stored.params, request.options, shift=request.shift)
    async with scheduler.lease(target.demand(options), keep_alive, live.waiting_for) as lease:
        if not request.prompt:
            yield Done("load")
            return
        prompt = await _prompt(target, request, lease)
        if request.debug_render_only:
            yield Rendered(prompt)
            return
        live.runner, live.state = lease.runner, "prefill"
        keep = int(options.sampling["num_keep"])
        body = {"prompt": await _fit(prompt, request, lease, keep), "cache_prompt": True, **_extras(request)}
        text: list[str] = []
        thinks = "thinking" in target.capabilities and request.think is not False and not request.raw
        parser = ThinkingParser(open_already=prompt.rstrip().endswith(OPENING)) if thinks else None
        async with (
            aclosing(lease.client.stream("/completion", body | options.engine(lease.n_ctx))) as events,
            aclosing(read_completion(events, live, request.top_logprobs)) as pieces,
        ):
            async for piece in pieces:
                if isinstance(piece, Piece):
                    text.append(piece.text)
                    split = _split(piece, parser)
                    if split.text or split.thinking or split.logprobs:
                        yield split
                    continue
                if parser and any(held := parser.finish()):
                    yield Piece(thinking=held[0], text=held[1])
                reason = "length" if piece["stop_type"] == "limit" else "stop"
                end = done(reason, piece["timings"], lease, started_ns)
                context = [] if request.raw else await _tokens(prompt + "".join(text), lease, special=False)
                yield replace(end, context=context)


def _split(piece: Piece, parser: ThinkingParser | None) -> Piece:
    if parser is None:
        return piece
    thinking, answer = parser.feed(piece.text)
    return Piece(answer, thinking, piece.logprobs)


async def _prompt(target: Target, request: GenerateRequest, lease: Lease) -> str:
    """The text that the model sees: templated by the engine if the weights carry a template, else the bare prompt."""
    if request.raw:
        return request.prompt
    past = ""
    if request.context:
        try:
            past = str((await lease.client.call("/detokenize", {"tokens": request.context}))["content"])
        except EngineRefused:
            raise BadRequest("context holds tokens that the model does not have") from None
    if not target.has_template:
        return past + request.prompt
    messages: list[dict[str, Any]] = []
    if system := request.system or target.stored.system:
        messages.append({"role": "system", "content": system})
    if not request.context:
        messages += target.stored.messages
    messages.append({"role": "user", "content": request.prompt})
    body = {"messages": messages} | target.template_switches(request.think)
    return past + str((await lease.client.call("/apply-template", body))["prompt"])


def _extras(request: GenerateRequest) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if request.logprobs:
        extras["n_probs"] = max(request.top_logprobs, 1)
    if request.format == "json":
        extras["json_schema"] = _ANY_OBJECT
    elif isinstance(request.format, dict):
        extras["json_schema"] = closed(request.format)
    return extras


async def _fit(prompt: str, request: GenerateRequest, lease: Lease, keep: int) -> str | list[int]:
    """The prompt, cut in the middle if it does not fit (section I.4)."""
    n_ctx = lease.n_ctx
    if not request.truncate or len(prompt.encode()) < n_ctx:  # a token is at least one byte
        return prompt
    tokens = await _tokens(prompt, lease, special=True)
    if len(tokens) < n_ctx:
        return prompt
    if not request.shift:
        raise BadRequest(_TOO_LONG)
    adds_bos = len(tokens) > len(await _tokens(prompt, lease, special=False))
    keep = max(0, min(keep + adds_bos, n_ctx - 4))
    limit = n_ctx - max((n_ctx - keep) // 2, 1)
    return tokens[:keep] + tokens[len(tokens) - (limit - keep) :]


async def _tokens(text: str, lease: Lease, *, special: bool) -> list[int]:
    answer = await lease.client.call("/tokenize", {"content": text, "add_special": special})
    tokens = answer["tokens"]
    if not isinstance(tokens, list):
        raise BackendError("the model runner did not return tokens")
    return tokens
