"""What a turn asks for and gets, whoever generates it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING

import msgspec

from backend.wire.ollama import Logprob, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend.wire.ollama import ChatRequest


class Token(msgspec.Struct, frozen=True, array_like=True):
    """Some text arrived, usually one token's: of the reply, or of the thinking before it."""

    text: str = ""
    thinking: str = ""


class Measured(msgspec.Struct, frozen=True):
    """A piece with the log probabilities of its tokens, for who asked for them."""

    token: Token
    logprobs: list[Logprob]


class Finish(msgspec.Struct, frozen=True):
    """The end of a reply. Counts in tokens, durations in nanoseconds."""

    done_reason: str
    prompt_tokens: int = 0
    tokens: int = 0
    total_ns: int = 0
    load_ns: int = 0
    prompt_ns: int = 0
    decode_ns: int = 0
    tool_calls: list[ToolCall] = []


class Batch(msgspec.Struct, frozen=True):
    """Pieces of a reply for the database, of which `first` is the number of the first; `logprobs` may be empty."""

    first: int
    pieces: bytes
    logprobs: bytes = b""


Generate = Callable[["ChatRequest"], AsyncGenerator[Token | Measured | Finish, None]]
"""Goes on with the last message if that is the assistant's. Raises a `BackendError` in the middle;
`RequestCanceled` if somebody ended the generation from outside."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Token]).decode


def encode(tokens: list[Token]) -> bytes:
    """For a `Batch`."""
    return _encode(tokens)


def decode(bodies: Iterable[bytes]) -> list[Token]:
    """All tokens that `encode` made these of."""
    return [token for body in bodies for token in _decode(body)]


def joined(tokens: Iterable[Token], start: int) -> Iterator[tuple[int, Token]]:
    """Neighbours as one, with the count of tokens up to its end: what a client missed goes out in a few pieces.

    Thinking never joins text that came before it. `start` counts what came before the first.
    """
    text: list[str] = []
    thinking: list[str] = []
    count = start
    for token in tokens:
        if token.thinking and any(text):
            yield count, Token("".join(text), "".join(thinking))
            text, thinking = [], []
        text.append(token.text)
        thinking.append(token.thinking)
        count += 1
    if text:
        yield count, Token("".join(text), "".join(thinking))
