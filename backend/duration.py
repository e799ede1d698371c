"""Durations as Ollama writes them: Go duration strings and numbers of seconds."""

from __future__ import annotations

import math
import re

from backend.errors import BadRequest

FOREVER = math.inf
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_TERM = re.compile(r"(\d+\.?\d*|\.\d+)([^\d.]*)", re.ASCII)
_LONGEST_S = 2**63 / 1e9


def parse_duration(text: str) -> float:
    """Seconds of a Go duration such as `1h30m`, `300ms` or `0`.

    Raises `BadRequest` in Go's words (the specification's section A.6: clients show them).
    """
    body = text[1:] if text[:1] in {"-", "+"} else text
    sign = -1.0 if text.startswith("-") else 1.0
    if body == "0":
        return 0.0
    total, end = 0.0, 0
    while match := _TERM.match(body, end):
        number, unit = match.groups()
        if not unit:
            raise BadRequest(f'time: missing unit in duration "{text}"')
        if unit not in _UNITS:
            raise BadRequest(f'time: unknown unit "{unit}" in duration "{text}"')
        total, end = total + float(number) * _UNITS[unit], match.end()
    if end != len(body) or not end or total >= _LONGEST_S:
        raise BadRequest(f'time: invalid duration "{text}"')
    return sign * total


def parse_keep_alive(value: object) -> float:
    """Seconds to keep an idle model loaded, `FOREVER` for any negative value (section A.6)."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRequest(f"Unsupported type: '{type(value).__name__}'")
    seconds = parse_duration(value) if isinstance(value, str) else float(value)
    return seconds if 0 <= seconds < _LONGEST_S else FOREVER
