"""Tokens of a reply for tests."""

from __future__ import annotations

import math

from backend.wire.ollama import TokenLogprob
from backend.wire.sessions import MessageToken, MessageView

WHEN = "2026-01-02T03:04:05Z"


def alternative(text: str, share: float, raw: bytes = b"") -> TokenLogprob:
    return TokenLogprob(token=text, logprob=math.log(share), bytes=list(raw or text.encode()))


def token(text: str, start: int, share: float, *others: TokenLogprob, is_thinking: bool = False) -> MessageToken:
    """A token that is the first of its alternatives."""
    own = alternative(text, share)
    return MessageToken(
        token=text,
        logprob=own.logprob,
        bytes=own.bytes,
        top_logprobs=[own, *others],
        start=start,
        is_thinking=is_thinking,
    )


def reply(content: str, thinking: str = "") -> MessageView:
    return MessageView(id=2, parent=1, role="assistant", content=content, thinking=thinking, created_at=WHEN, model="m")
