"""Chat: messages in, pieces out. Where no prompt is made here, the engine makes it from the model's own template."""

from __future__ import annotations

import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec

from backend.errors import BadRequest
from backend.inference import completion, engine_limits, rendered
from backend.inference import options as option
from backend.inference.continued import Continued
from backend.inference.engine_events import done, read_chat
from backend.inference.fitting import first_that_fits
from backend.inference.media import content_part
from backend.inference.parsers.family import TemplateFamily
from backend.inference.pieces import Done, Part, Piece, Rendered
from backend.inference.prompt import Prompt
from backend.inference.rendering import conversation
from backend.inference.schema import for_engine
from backend.inference.thinking import CLOSING, OPENING
from backend.inference.webp import with_readable_images

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from backend.inference.target import Target
    from backend.monitor.requests import LiveRequest
    from backend.scheduler.book import Lease
    from backend.scheduler.scheduler import Scheduler
    from backend.wire.ollama import ChatRequest, Message

_PULL_AGAIN = ". Pull the model again to get the latest version with full thinking support"
_NOT_CONTINUED = (
    'the template of "{}" ends or changes the reply that it is to go on with; regenerate the whole reply, or use '
    "another model"
)
_TEMPLATE_TOKENS_PER_MESSAGE = 64  # more than any known template adds


def check(target: Target, request: ChatRequest) -> None:
    """Raise what the specification's section A.3 says, before anything is loaded."""
    target.require("completion", "chat")
    missing = []
    if request.tools and "tools" not in target.capabilities:
        missing.append("tools")
    if request.think and "thinking" not in target.capabilities:
        missing.append("thinking")
    advice = _PULL_AGAIN if "thinking" in missing and target.is_of_thinkers else ""
    if missing == ["thinking"]:
        raise BadRequest(f'"{target.given}" does not support thinking{advice}')
    if missing:
        raise BadRequest(f"{target.stored.name.full} does not support {chr(10).join(missing)}{advice}")


async def chat(
    scheduler: Scheduler, target: Target, request: ChatRequest, keep_alive: float | None, live: LiveRequest
) -> AsyncGenerator[Part, None]:
    """Generate the next message. A request without messages only loads the model."""
    started_ns = time.monotonic_ns()
    options = option.resolve(target.stored.params, request.options, shift=request.shift)
    demand = target.demand(options)
    engine_limits.check(target, request, demand.engine.engine)
    target = target.run_by(demand.engine.engine)
    request = await with_readable_images(request)
    async with scheduler.lease(demand, keep_alive, live.waiting_for) as lease:
        if not request.messages:
            yield Done("load")
            return
        if isinstance(request, Continued) and (begun := await _begun(target, request, lease)) is not None:
            async with aclosing(rendered.go_on(lease, request, begun, options, live, started_ns)) as parts:
                async for part in parts:
                    yield part
            return
        if target.renders_here():
            async with aclosing(rendered.chat(lease, target, request, options, live, started_ns)) as parts:
                async for part in parts:
                    yield part
            return
        if isinstance(request, Continued):
            request = request.for_engine()
        prompt = await _fit(_prompt(target, request), lease, truncate=request.truncate)
        if isinstance(request, Continued) and not (await _render(prompt, lease)).endswith(request.prefix):
            raise BadRequest(_NOT_CONTINUED.format(target.given))
        if request.debug_render_only:
            images = sum(len(message.images) for message in request.messages)
            yield Rendered(await _render(prompt, lease), images)
            return
        live.runner, live.state = lease.runner, "prefill"
        body = prompt | _extras(request) | options.engine(lease.n_ctx)
        async with (
            aclosing(lease.client.stream("/v1/chat/completions", body)) as events,
            aclosing(read_chat(events, live, request.top_logprobs)) as pieces,
        ):
            async for piece in pieces:
                if isinstance(piece, Piece):
                    yield piece
                    continue
                reason = "length" if piece["finish_reason"] == "length" else "stop"
                end = done(reason, piece["timings"], lease, started_ns)
                yield msgspec.structs.replace(end, tool_calls=piece["tool_calls"])


async def _begun(target: Target, request: Continued, lease: Lease) -> Prompt | None:
    """The prompt with the beginning of the reply; `None` if the engine's own chats can go on with that.

    They cannot where the model thinks, and they alone show images.
    """
    if target.renders_here():
        return await rendered.begun(lease, target, request)
    if "thinking" not in target.capabilities or any(message.images for message in request.messages):
        return None
    text = await _render(await _fit(_prompt(target, request), lease, truncate=request.truncate), lease)
    return request.behind(Prompt(text), target.family or TemplateFamily((OPENING, CLOSING), ""))


def _messages(target: Target, request: ChatRequest) -> list[dict[str, Any]]:
    """The model's system text and stored messages, then the request's, in the engine's form."""
    return [_engine_message(message) for message in conversation(target, request.messages)]


def _engine_message(message: Message) -> dict[str, Any]:
    result: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.images:
        result["content"] = [{"type": "text", "text": message.content}, *map(content_part, message.images)]
    if message.tool_calls:
        result["tool_calls"] = [
            {
                "id": call.id or f"call_{index}",
                "type": "function",
                "function": {
                    "name": call.function.name,
                    "arguments": msgspec.json.encode(call.function.arguments).decode(),
                },
            }
            for index, call in enumerate(message.tool_calls)
        ]
    if message.tool_name:
        result["name"] = message.tool_name
    if message.tool_call_id:
        result["tool_call_id"] = message.tool_call_id
    return result


def _prompt(target: Target, request: ChatRequest) -> dict[str, Any]:
    """What the model's template sees."""
    tools = {"tools": request.tools} if request.tools else {}
    return {"messages": _messages(target, request)} | tools | target.template_switches(request.think)


def _extras(request: ChatRequest) -> dict[str, Any]:
    extras: dict[str, Any] = {"cache_prompt": True}
    if request.logprobs:
        extras |= {"logprobs": True, "top_logprobs": max(request.top_logprobs, 1)}
    if request.format == "json":
        extras["response_format"] = {"type": "json_object"}
    elif isinstance(request.format, dict):
        schema = {"name": "schema", "schema": for_engine(request.format)}
        extras["response_format"] = {"type": "json_schema", "json_schema": schema}
    return extras


async def _fit(prompt: dict[str, Any], lease: Lease, *, truncate: bool) -> dict[str, Any]:
    """Drop the oldest messages until the rest fits the context (section G.6). System messages and the last one stay;
    what is too long even then is for the engine to refuse.
    """
    messages = prompt["messages"]
    size = len(msgspec.json.encode(messages)) + len(messages) * _TEMPLATE_TOKENS_PER_MESSAGE
    small = size < lease.n_ctx and "tools" not in prompt  # a token is at least one byte; templates add a lot for tools
    if not truncate or len(messages) == 1 or small:
        return prompt

    async def fits(start: int) -> bool:
        return await _count(_from(prompt, start), lease) <= lease.n_ctx

    return _from(prompt, await first_that_fits(0, len(messages) - 1, fits))


def _from(prompt: dict[str, Any], start: int) -> dict[str, Any]:
    """The prompt without the messages before `start`, save the system's."""
    messages = prompt["messages"]
    kept = [message for message in messages[:start] if message["role"] == "system"]
    return prompt | {"messages": kept + messages[start:]}


async def _count(prompt: dict[str, Any], lease: Lease) -> int:
    return len(await completion.tokens(await _render(prompt, lease), lease, special=True))


async def _render(prompt: dict[str, Any], lease: Lease) -> str:
    return str((await lease.client.call("/apply-template", prompt))["prompt"])
