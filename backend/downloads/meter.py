"""How fast bytes arrive."""

from __future__ import annotations

from collections import deque

_WINDOW_S = 5.0
_STEP_S = 0.25  # between the counts that are remembered


class Meter:
    """Bytes per second of a growing count over the last few seconds. Times are those of one clock, in seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._last = 0

    def restart(self, now: float, count: int) -> None:
        """Forget what was: `count` bytes were there before."""
        self._seen.clear()
        self._seen.append((now, count))
        self._last = count

    def add(self, now: float, count: int) -> None:
        """Note the count."""
        self._last = count
        if not self._seen or now - self._seen[-1][0] >= _STEP_S:
            self._seen.append((now, count))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _WINDOW_S:
            self._seen.popleft()

    def rate(self, now: float) -> float:
        """Bytes per second up to `now`; 0 while unknown."""
        if not self._seen or now <= self._seen[0][0]:
            return 0.0
        begin, first = self._seen[0]
        return (self._last - first) / (now - begin)
