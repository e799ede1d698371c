"""How often the screen is flushed to the terminal, and when the line is too slow for that: low bandwidth.

Pure: times are handed in, in seconds of one clock.
"""

from __future__ import annotations

import math
from collections import deque
from enum import Enum

FLUSH_S = 0.05
LOW_FLUSH_S = 0.25
GAUGES_S = 5.0  # between two repaints of gauges while bandwidth is low
HOLD_S = 0.15  # a terminal further behind than this gets no new frame: the next one holds everything
_SLOW_S = 0.5  # so far behind, the line is too slow for the usual pace
_CALM_S = 10.0  # without delay, before the usual pace is tried again
_CALM_MOST_S = 300.0
_RELAPSE_S = 60.0  # slow again so soon, the next trial comes after twice the time
_WINDOW_S = 5.0
_TOLD_S = 3.0  # between two changes of the rate that is shown
_QUIET = 500.0  # bytes per second that are not worth telling


class LowBandwidth(Enum):
    """What the user wants: `auto` follows the measured delay."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"

    @property
    def following(self) -> LowBandwidth:
        """The next one, round and round."""
        every = list(LowBandwidth)
        return every[(every.index(self) + 1) % len(every)]


class Pace:
    """Decides from the terminal's delay how often it is written to, and counts what is written."""

    def __init__(self, choice: LowBandwidth = LowBandwidth.AUTO) -> None:
        self.choice = choice
        self._slow = False
        self._calm_s = _CALM_S
        self._delayed_at = self._recovered_at = -math.inf
        self._written: deque[tuple[float, int]] = deque()
        self._told = 0.0
        self._told_at = -math.inf
        self._gauges_at = -math.inf

    @property
    def low(self) -> bool:
        """Whether bandwidth is low: fewer flushes, slower gauges, no countdown."""
        return self._slow if self.choice is LowBandwidth.AUTO else self.choice is LowBandwidth.ON

    @property
    def flush_s(self) -> float:
        """Seconds between two flushes of what was not typed."""
        return LOW_FLUSH_S if self.low else FLUSH_S

    def delayed(self, seconds: float, now: float) -> None:
        """The terminal is this far behind."""
        if seconds >= HOLD_S:
            self._delayed_at = now
        if seconds >= _SLOW_S and not self._slow:
            self._slow = True
            relapse = now - self._recovered_at < _RELAPSE_S
            self._calm_s = min(self._calm_s * 2, _CALM_MOST_S) if relapse else _CALM_S
        elif self._slow and now - self._delayed_at >= self._calm_s:
            self._slow = False
            self._recovered_at = now

    def wrote(self, count: int, now: float) -> None:
        """So many bytes went to the terminal."""
        if self._written and now - self._written[-1][0] < 0.1:
            at, before = self._written.pop()
            self._written.append((at, before + count))
        else:
            self._written.append((now, count))
        self._forget(now)

    def rate(self, now: float) -> float:
        """Bytes per second over the last seconds, for people: steady for some seconds, 0 if hardly anything."""
        if now - self._told_at >= _TOLD_S:
            self._forget(now)
            rate = sum(count for _, count in self._written) / _WINDOW_S
            self._told, self._told_at = (rate if rate >= _QUIET else 0.0), now
        return self._told

    def gauges_due(self, now: float) -> bool:
        """Whether what changes all the time is to be shown now; a yes is noted."""
        if self.low and now - self._gauges_at < GAUGES_S:
            return False
        self._gauges_at = now
        return True

    def _forget(self, now: float) -> None:
        while self._written and now - self._written[0][0] > _WINDOW_S:
            self._written.popleft()
