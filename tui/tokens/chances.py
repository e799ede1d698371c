"""Probabilities of tokens as people read them, and the text that another token would have made."""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING

from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from backend.wire.ollama import TokenLogprob
    from backend.wire.sessions import MessageToken


class Level(Enum):
    """How likely a token was, for its look. The value is the name of its look and the least probability."""

    SURE = ("sure", 0.9)
    LIKELY = ("likely", 0.6)
    OPEN = ("open", 0.3)
    UNLIKELY = ("unlikely", 0.1)
    RARE = ("rare", 0.0)


def probability(logprob: float) -> float:
    """Of a natural logarithm, 0…1; 0 for what is no number."""
    return math.exp(min(logprob, 0.0)) if logprob == logprob else 0.0


def level(logprob: float) -> Level:
    """How likely."""
    share = probability(logprob)
    return next(each for each in Level if share >= each.value[1])


def percentage(logprob: float) -> str:
    """`73 %`, `4.2 %`, `<0.1 %`."""
    share = probability(logprob) * 100
    if share < 0.1:
        return "<0.1 %"
    return f"{share:.0f} %" if share >= 9.95 else f"{share:.1f} %"


def quoted(text: str, raw: bytes) -> str:
    """A token on one line, its white space visible; of one that is no text, its bytes."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return "bytes " + raw.hex(" ").upper()
    if not text:
        return "the end of the reply"
    shown = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return f'"{clean_line(shown)}"' if clean_line(shown) else "bytes " + raw.hex(" ").upper()


def is_chosen(token: MessageToken, alternative: TokenLogprob) -> bool:
    """Whether an alternative is the token itself, or the last part of it where several tokens make a character."""
    return alternative.logprob == token.logprob and bytes(token.bytes).endswith(bytes(alternative.bytes))


def completed(token: MessageToken, alternative: TokenLogprob) -> bytes:
    """What would stand there with the alternative: itself, behind the parts of the character that came before."""
    own = next((each for each in token.top_logprobs if is_chosen(token, each)), None)
    before = bytes(token.bytes).removesuffix(bytes(own.bytes)) if own is not None else b""
    return before + bytes(alternative.bytes)


def refusal(token: MessageToken, alternative: TokenLogprob) -> str | None:
    """Why a reply cannot go on from an alternative, or `None`."""
    if token.is_thinking:
        return "this token is of the thinking; a reply goes on from its text"
    if token.start < 0:
        return "this token is not in the text"
    if not alternative.token:
        return "this one ends the reply"
    try:
        completed(token, alternative).decode()
    except UnicodeDecodeError:
        return "this one is a part of a character; no text can go on from it"
    return None
