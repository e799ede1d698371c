"""How much of their time several tasks spend on something."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Stopwatch:
    """Sums up, in seconds, the time within its `with` blocks; two at the same time count twice."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._total = 0.0
        self._running = 0
        self._since = clock()

    def __enter__(self) -> None:
        self._advance()
        self._running += 1

    def __exit__(self, *_: object) -> None:
        self._advance()
        self._running -= 1

    @property
    def seconds(self) -> float:
        """Up to now, blocks that have not ended included."""
        self._advance()
        return self._total

    def _advance(self) -> None:
        now = self._clock()
        self._total += self._running * (now - self._since)
        self._since = now
