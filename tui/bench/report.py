"""A measurement as text for people, 80 columns wide, and as a document for programs."""

from __future__ import annotations

from collections import Counter
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import msgspec

from tui.commands.table import format_rows
from tui.commands.units import bytes_text
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.bench.figures import Level, Spread
    from tui.bench.session import Bench

_WIDTH = 79
_HEADER = ("STREAMS", "", "MEDIAN", "LEAST", "MOST", "ENGINE", "LIMIT")
_UNKNOWN = "-"


def lines(bench: Bench) -> Iterator[str]:
    """What was measured, the table, what its columns mean, and what to know of it."""
    yield from _head(bench)
    yield ""
    rows = [row for level in bench.levels for row in _rows(level, bench.limit_of(level))]
    yield from format_rows([_HEADER, *rows])
    for note in _notes(bench):
        yield ""
        yield from wrap(clean_line(note), _WIDTH)


def document(bench: Bench) -> dict[str, Any]:
    """Seconds, bytes and tokens per second; what is unknown is null."""
    return {
        "model": bench.runner.model,
        "engine": bench.runner.engine,
        "context_length": bench.runner.context_length,
        "slots": bench.runner.slots,
        "load_seconds": bench.load_s,
        "prompt": bench.plan.prompt,
        "predict": bench.plan.predict,
        "rounds": bench.plan.rounds,
        "levels": [msgspec.to_builtins(level) | {"limit": bench.limit_of(level)} for level in bench.levels],
        "limit": msgspec.to_builtins(bench.limit),
        "devices": [device.name for device in bench.devices],
        "ended_early": bench.early,
        "other_requests": [{"client": one.client, "model": one.model, "kind": one.kind} for one in bench.others],
    }


def _head(bench: Bench) -> Iterator[str]:
    plan, runner = bench.plan, bench.runner
    share = bench.limit.on_device
    names = ", ".join(dict.fromkeys(device.name for device in bench.devices)) or "GPU"
    place = "CPU" if share == 0 else names if share == 1 else f"{share:.0%} on {names}, the rest on the CPU"
    yield clean_line(f"{runner.model}, {runner.engine}, {place}")
    slots = f"{_slots(runner.slots)} of {runner.context_length:,} tokens" + (" each" if runner.slots > 1 else "")
    load = "loaded before" if bench.load_s is None else f"loaded in {bench.load_s:.1f} s"
    yield f"{slots}, {load}"
    rounds = "1 round" if plan.rounds == 1 else f"{plan.rounds} rounds"
    yield f"{plan.prompt:,} tokens in, {plan.predict:,} out, {rounds}, each prompt new"


def _rows(level: Level, limit: float | None) -> Iterator[tuple[str, ...]]:
    bound = _UNKNOWN
    if limit is not None:
        bound = _rate(limit)
        if level.decode is not None:
            bound += f" ({level.decode.median / limit:.0%})"
    yield (str(level.streams), "prefill tok/s", *_spread(level.prefill), _engine(level.engine_prefill))
    yield ("", "decode tok/s", *_spread(level.decode), _engine(level.engine_decode), bound)
    yield ("", "first token ms", *_spread(level.first_token, scale=1000))


def _spread(spread: Spread | None, *, scale: float = 1) -> tuple[str, str, str]:
    if spread is None:
        return (_UNKNOWN,) * 3
    return _rate(spread.median * scale), _rate(spread.least * scale), _rate(spread.most * scale)


def _engine(spread: Spread | None) -> str:
    return _UNKNOWN if spread is None else _rate(spread.median)


def _rate(value: float) -> str:
    if value >= 100_000:
        return f"{value / 1000:.0f}k"
    return f"{value:.0f}" if value >= 1000 else f"{value:.1f}"


def _notes(bench: Bench) -> Iterator[str]:
    yield (
        "Rates are those of all streams together. ENGINE: by the engine's own clock, which tells of one stream alone."
    )
    yield _limit_note(bench)
    if bench.early:
        yield (
            f"{bench.early} of {sum(level.streams for level in bench.levels) * bench.plan.rounds} replies were shorter "
            "than asked for: the model ended them itself."
        )
    if bench.runner.slots < max(bench.plan.streams):
        yield (
            f"{max(bench.plan.streams)} streams have {_slots(bench.runner.slots)} here: some wait for others, and "
            "decode tells nothing where they never decode all at once."
        )
    if bench.others:
        counts = Counter(f"{one.client} ({one.kind} with {one.model})" for one in bench.others)
        said = ", ".join(f"{count} of {who}" for who, count in counts.most_common(5))
        yield f"Other requests ran meanwhile, so this may be too slow: {said}."
    if bench.load_s is None:
        yield f"To measure the loading too, unload it first: `puna stop {bench.runner.model}`."


def _slots(count: int) -> str:
    return "1 slot" if count == 1 else f"{count} slots"


def _limit_note(bench: Bench) -> str:
    bound, first = bench.limit, bench.levels[0]
    cache = bytes_text(int(bound.kv * (first.prompt_tokens + first.tokens / 2)))
    read = f"LIMIT: to decode a token, {bytes_text(bound.weights)} of weights and about {cache} of cache are read"
    rates = []
    if bound.on_device < 1 and bound.memory_bandwidth:
        rates.append(f"the cores read {bytes_text(int(bound.memory_bandwidth))}/s (measured by plainly reading memory)")
    if bound.on_device > 0 and bound.device_bandwidth:
        rates.append(f"the GPU's memory can give {bytes_text(int(bound.device_bandwidth))}/s (by its clock and bus)")
    if bench.limit_of(first) is None:
        return f"{read}; it is unknown how fast the GPU's memory can be read."
    return f"{read}; {' and '.join(rates)}."
