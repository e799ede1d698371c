"""Which download runs now, and when a failed one is tried again. Decisions, no effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.downloads.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.downloads.download import Download

_LONGEST_S = 60.0
_FIRST_TRIES = 4


@dataclass(frozen=True, slots=True)
class Pace:
    """`first_s` is the wait after the first failed try; each further one is twice as long, up to a minute."""

    first_s: float = 1.0

    def delay(self, tries: int) -> float:
        """Seconds until the next try, after so many in a row that brought nothing."""
        return min(_LONGEST_S, self.first_s * 2.0 ** min(tries - 1, 16))


def gives_up(download: Download) -> bool:
    """Whether it is not worth another try: nothing has ever come, so the name is likely to be wrong.

    What has begun is tried for ever: the line may be down for a night.
    """
    return download.total == 0 and download.tries >= _FIRST_TRIES


def due(downloads: Sequence[Download], slots: int, now: float) -> list[Download]:
    """Those to start, in the order of the queue. One that waits for its next try lets others go first."""
    ready = [
        download
        for download in downloads
        if download.task is None
        and (download.state is State.WAITING or (download.state is State.STALLED and download.retry_at <= now))
    ]
    return ready[: _free(downloads, slots)]


def wait(downloads: Sequence[Download], slots: int, now: float) -> float | None:
    """Seconds until another one is due by the clock alone; `None` if only a change can bring that."""
    waits = [download.retry_at - now for download in downloads if download.state is State.STALLED]
    return max(0.0, min(waits)) if waits and _free(downloads, slots) else None


def _free(downloads: Sequence[Download], slots: int) -> int:
    return max(0, slots - sum(download.task is not None for download in downloads))
