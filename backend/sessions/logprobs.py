"""Log probabilities of the tokens of replies: packed for the database, and set beside the text that they made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from backend.wire.ollama import Logprob, TokenLogprob
from backend.wire.sessions import MessageToken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from sqlite3 import Connection

MAX_BYTES = 4 << 20  # of one reply, packed; what comes later is not kept


class _Chance(msgspec.Struct, frozen=True, array_like=True):
    """`raw` is empty if it is the UTF-8 of the text."""

    text: str
    logprob: float
    raw: bytes = b""


class _Chosen(msgspec.Struct, frozen=True, array_like=True):
    token: _Chance
    alternatives: list[_Chance]


class Record(msgspec.Struct, frozen=True, array_like=True):
    """What is known of the tokens of one piece of a reply."""

    piece: int
    chosen: list[_Chosen]

    @classmethod
    def of(cls, piece: int, logprobs: Iterable[Logprob]) -> Record:
        return cls(
            piece, [_Chosen(_chance(each), [_chance(other) for other in each.top_logprobs]) for each in logprobs]
        )

    def logprobs(self) -> list[Logprob]:
        """As they are on the wire."""
        return [
            Logprob(
                token=each.token.text,
                logprob=each.token.logprob,
                bytes=_bytes(each.token),
                top_logprobs=[
                    TokenLogprob(token=other.text, logprob=other.logprob, bytes=_bytes(other))
                    for other in each.alternatives
                ],
            )
            for each in self.chosen
        ]


_encoder = msgspec.msgpack.Encoder()
_decode = msgspec.msgpack.Decoder(list[Record]).decode
_decode_one = msgspec.msgpack.Decoder(Record).decode


def pack(record: Record) -> bytes:
    """A record in a small space."""
    return _encoder.encode(record)


def unpack(body: bytes) -> Record:
    """What `pack` made this of."""
    return _decode_one(body)


def joined(packed: Sequence[bytes]) -> bytes:
    """Packed records for `keep`; empty for none."""
    return _encoder.encode([msgspec.Raw(body) for body in packed]) if packed else b""


def keep(connection: Connection, message: int, first: int, body: bytes) -> None:
    """As `tree.keep_pieces`, for what `joined` made of the tokens of the same pieces."""
    row = (message, first, body)
    connection.execute("INSERT OR REPLACE INTO logprobs (message, first, body) VALUES (?, ?, ?)", row)


def read(connection: Connection, message: int) -> list[Record]:
    """All that is stored of a reply, in order."""
    rows = connection.execute("SELECT body FROM logprobs WHERE message = ? ORDER BY first", (message,))
    return [measured for row in rows for measured in _decode(row[0])]


def placed(measured: Iterable[Record], content: str, thinking: str, prefix: int) -> list[MessageToken]:
    """The tokens with their places in the text, of which the first `prefix` characters were given to the model.

    A token whose text is not found where it is due has none: tags are not shown, and white space at ends is cut off.
    """
    spoken, thought = prefix, len(thinking) if prefix else 0
    tokens = []
    for logprob in (each for one in measured for each in one.logprobs()):
        fields = {name: getattr(logprob, name) for name in logprob.__struct_fields__}
        start, is_thinking = -1, False
        if (end := _end(thinking, thought, logprob.token)) is not None:
            start, is_thinking, thought = thought, True, end
        elif (end := _end(content, spoken, logprob.token)) is not None:
            start, spoken = spoken, end
        tokens.append(MessageToken(**fields, start=start, is_thinking=is_thinking))
    return tokens


def _end(text: str, place: int, token: str) -> int | None:
    """Where `token` ends in `text` if it stands at `place`, perhaps without the white space around it."""
    at_start, at_end = token.lstrip(), token.rstrip()
    if token and text.startswith(token, place):
        return place + len(token)
    if at_start and place == 0 and text.startswith(at_start):
        return len(at_start)
    if at_end and len(text) - place == len(at_end) and text.endswith(at_end):
        return len(text)
    return None


def _chance(of: TokenLogprob | Logprob) -> _Chance:
    raw = bytes(of.bytes)
    return _Chance(of.token, of.logprob, b"" if raw == of.token.encode() else raw)


def _bytes(chance: _Chance) -> list[int]:
    return list(chance.raw or chance.text.encode())
