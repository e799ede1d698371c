"""From measured replies to figures. Pure. Rates in tokens per second of all streams together, times in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.bench.reply import Reply


@dataclass(frozen=True, slots=True)
class Spread:
    """Of the rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float | None]) -> Spread | None:
        """`None` if nothing could be measured."""
        known = [value for value in values if value is not None]
        return cls(median(known), min(known), max(known)) if known else None


@dataclass(frozen=True, slots=True)
class Level:
    """What was measured with so many streams at a time; lengths are medians. `engine_…`: by the engine's own clock,
    which knows one request and not what several did together: `None` for several.
    """

    streams: int
    prompt_tokens: float
    tokens: float
    prefill: Spread | None
    decode: Spread | None
    first_token: Spread | None
    engine_prefill: Spread | None
    engine_decode: Spread | None


def level(rounds: Sequence[Sequence[Reply]]) -> Level:
    """The figures of rounds, each of as many replies that were asked for at once."""
    replies = [reply for of_round in rounds for reply in of_round]
    return Level(
        streams=len(rounds[0]),
        prompt_tokens=median(reply.prompt_tokens for reply in replies),
        tokens=median(reply.tokens for reply in replies),
        prefill=Spread.of([_prefill(of_round) for of_round in rounds]),
        decode=Spread.of([_decode(of_round) for of_round in rounds]),
        first_token=Spread.of([reply.first_token for reply in replies]),
        engine_prefill=Spread.of([_engine_prefill(of_round) for of_round in rounds]),
        engine_decode=Spread.of([_engine_decode(of_round) for of_round in rounds]),
    )


def _prefill(replies: Sequence[Reply]) -> float | None:
    """From the first request to the moment at which the last stream began to answer."""
    elapsed = max(reply.stamps[0] for reply in replies) - min(reply.started for reply in replies)
    return sum(reply.prompt_tokens for reply in replies) / elapsed if elapsed > 0 else None


def _decode(replies: Sequence[Reply]) -> float | None:
    """While all streams decode: from the last one's first token to the end of the first that ends."""
    begin = max(reply.stamps[0] for reply in replies)
    end = min(reply.stamps[-1] for reply in replies)
    if end <= begin:
        return None
    tokens = 0.0
    for reply in replies:
        per_piece = reply.tokens / len(reply.stamps)  # a piece holds several where a character has several
        tokens += per_piece * sum(begin < stamp <= end for stamp in reply.stamps)
    return tokens / (end - begin)


def _engine_prefill(replies: Sequence[Reply]) -> float | None:
    first = replies[0]
    return first.prompt_tokens / first.prompt_s if len(replies) == 1 and first.prompt_s > 0 else None


def _engine_decode(replies: Sequence[Reply]) -> float | None:
    first = replies[0]
    return first.tokens / first.decode_s if len(replies) == 1 and first.decode_s > 0 else None
