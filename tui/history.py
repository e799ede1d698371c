"""What gauges showed before: a figure a second, for as long as a sparkline is wide."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LENGTH = 120
_PERIOD_S = 0.9  # snapshots come more often while text streams
_MOST_SERIES = 256


class History:
    """Series of shares (0…1) by name. A series that is not noted any more is forgotten."""

    def __init__(self) -> None:
        self._series: dict[str, deque[float]] = {}
        self._at = float("-inf")

    def note(self, at: float, shares: Mapping[str, float]) -> None:
        """What gauges show at the time `at`, in seconds; what comes too soon after the last is not noted."""
        if at - self._at < _PERIOD_S:
            return
        self._at = at
        named = list(shares)[:_MOST_SERIES]
        self._series = {name: self._series.get(name, deque(maxlen=_LENGTH)) for name in named}
        for name in named:
            self._series[name].append(shares[name])

    def of(self, name: str) -> Sequence[float]:
        """One series, oldest first; empty if there is none."""
        return self._series.get(name, ())
