"""Replies for the sessions: inference as a generation of theirs, shown among the live requests."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from backend.inference.continued import Continued
from backend.inference.pieces import Done, Piece
from backend.monitor.requests import Caller
from backend.sessions.reply import Finish, Measured, Token

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from backend.inference.service import Inference
    from backend.monitor.requests import LiveRequests
    from backend.sessions.reply import Generate
    from backend.wire.ollama import ChatRequest

_CALLER = Caller("puna-session")


def replies(inference: Inference, live: LiveRequests) -> Generate:
    """What `Turns` generates by."""

    async def generate(request: ChatRequest) -> AsyncGenerator[Token | Measured | Finish, None]:
        with live.track("chat", request.model, _CALLER) as shown:
            if request.messages[-1].role == "assistant":
                request = Continued.of(request)
            async with aclosing(inference.chat(request, shown)) as parts:
                async for part in parts:
                    if isinstance(part, Piece):
                        token = Token(part.text, part.thinking)
                        yield Measured(token, part.logprobs) if part.logprobs else token
                    elif isinstance(part, Done):
                        yield _finish(part)

    return generate


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
