"""Replies for the sessions: inference as a generation of theirs, shown among the live requests."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec

from backend.errors import BadRequest
from backend.inference.pieces import Done, Piece, Rendered
from backend.sessions.reply import Finish, Measured, Token

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from backend.inference.service import Inference
    from backend.monitor.requests import LiveRequest, LiveRequests
    from backend.sessions.reply import Generate
    from backend.wire.ollama import ChatRequest

_CLIENT = "puna-session"
_NOT_CONTINUED = (
    "the template of {} ends every reply that it shows to the model, so a reply cannot be continued; "
    "regenerate the whole reply, or use another model"
)


def replies(inference: Inference, live: LiveRequests) -> Generate:
    """What `Turns` generates by."""

    async def generate(request: ChatRequest) -> AsyncGenerator[Token | Measured | Finish, None]:
        with live.track("chat", request.model, _CLIENT) as shown:
            if request.messages[-1].role == "assistant":
                request = await _continued(inference, request, shown)
            async with aclosing(inference.chat(request, shown)) as parts:
                async for part in parts:
                    if isinstance(part, Piece):
                        token = Token(part.text, part.thinking)
                        yield Measured(token, part.logprobs) if part.logprobs else token
                    elif isinstance(part, Done):
                        yield _finish(part)

    return generate


async def _continued(inference: Inference, request: ChatRequest, shown: LiveRequest) -> ChatRequest:
    """The request that goes on with its last message, which is past thinking. Raises `BadRequest` if none can.

    Both the engine and Ollama's templates leave a last message of the assistant open. Whether this model's template
    does is seen by its prompt: there is no other way to know.
    """
    request = msgspec.structs.replace(request, think=False)  # the engine refuses to go on with one that may think
    look = msgspec.structs.replace(request, debug_render_only=True)
    async with aclosing(inference.chat(look, shown)) as parts:
        prompts = [part.prompt async for part in parts if isinstance(part, Rendered)]
    if not prompts[0].endswith(request.messages[-1].content):
        raise BadRequest(_NOT_CONTINUED.format(request.model))
    return request


def _finish(done: Done) -> Finish:
    return Finish(
        done_reason=done.reason,
        prompt_tokens=done.prompt_tokens,
        tokens=done.tokens,
        total_ns=done.total_ns,
        load_ns=done.load_ns,
        prompt_ns=done.prompt_ns,
        decode_ns=done.decode_ns,
        tool_calls=done.tool_calls,
    )
