"""Durations as Ollama writes them: Go duration strings and numbers of seconds."""

from __future__ import annotations

import math
import re

from backend.errors import BadRequest

FOREVER = math.inf
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_TERM = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_LONGEST_S = 2**63 / 1e9


def parse_duration(text: str) -> float:
    """Seconds of a Go duration such as `1h30m`, `300ms` or `0`.

    Raises `BadRequest` in Go's words (the specification's section A.6: clients show them).
    """
    body = text.removeprefix("-").removeprefix("+")
    sign = -1.0 if text.startswith("-") else 1.0
    if body == "0":
        return 0.0
    if not re.fullmatch(r"[\d.]+", body):
        total, end = 0.0, 0
        while match := _TERM.match(body, end):
            total, end = total + float(match[1]) * _UNITS[match[2]], match.end()
        if end == len(body) and end and total < _LONGEST_S:
            return sign * total
    elif re.fullmatch(r"\d+\.?\d*|\.\d+", body):
        raise BadRequest(f'time: missing unit in duration "{text}"')
    raise BadRequest(f'time: invalid duration "{text}"')


def parse_keep_alive(value: object) -> float:
    """Seconds to keep an idle model loaded, `FOREVER` for any negative value (section A.6)."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRequest(f"Unsupported type: '{type(value).__name__}'")
    seconds = parse_duration(value) if isinstance(value, str) else float(value)
    return FOREVER if seconds < 0 or seconds >= _LONGEST_S else seconds
