"""One download: what is remembered of it, and what its present try has brought."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend.downloads.meter import Meter
from backend.downloads.state import State, check
from backend.wire.downloads import DownloadView

if TYPE_CHECKING:
    import asyncio

    from backend.registry.pull import Step
    from backend.store import Blobs, Digest, ModelName

STALL_S = 10.0  # without a byte while bytes are expected
_REASON = 2000  # characters of one
_SURE_S = 1.0  # of receiving, before a rate says how long it will take


@dataclass(slots=True, eq=False)
class Download:
    """`completed` and `total` are bytes of the whole model, `missing` the blobs of it that the store lacked.

    `tries` counts those that failed since the last byte; `retry_at` and all other times are those of one clock.
    """

    id: str
    source: str
    name: ModelName
    insecure: bool
    state: State = State.WAITING
    reason: str = ""
    completed: int = 0
    total: int = 0
    missing: frozenset[Digest] = frozenset()
    doing: str = ""
    tries: int = 0
    retry_at: float = 0.0
    task: asyncio.Task[None] | None = None
    _came_at: float = 0.0
    _began_at: float = 0.0
    _meter: Meter = field(default_factory=Meter)
    _held: ExitStack | None = None

    def go(self, state: State, reason: str = "") -> None:
        """Into another state, with what there is to say about it. Raises `ValueError` if it cannot go there."""
        self.state = check(self.state, state)
        self.reason = reason.encode("utf-8", "replace").decode()[:_REASON]  # it may name a file in any encoding

    def begin(self, now: float) -> None:
        """A try begins."""
        self.go(State.RUNNING)
        self.doing = ""
        self._came_at = now

    def note(self, step: Step, now: float) -> None:
        """The try got on."""
        if step.line is not None and step.line.status != self.doing:
            self.doing = step.line.status
            self._came_at = self._began_at = now
            self._meter.restart(now, step.completed)
        elif step.completed > self.completed:
            self._came_at = now
            self.tries = 0
        self._meter.add(now, step.completed)
        if step.total:
            self.completed, self.total = step.completed, step.total

    def hold(self, blobs: Blobs, missing: frozenset[Digest] = frozenset()) -> None:
        """Keep prune and delete away from the missing blobs, these too, until `release`: some may be there before the
        model is.
        """
        wanted = self.missing | missing
        if self._held is None or wanted != self.missing:
            held = ExitStack()
            held.enter_context(blobs.hold(*wanted))
            self.release()
            self._held, self.missing = held, wanted

    def release(self) -> None:
        """The blobs are a model's now, or nobody's."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def view(self, now: float) -> DownloadView:
        """What others see at the time `now`."""
        running = self.state is State.RUNNING
        quiet = now - self._came_at if running else 0.0
        stalled = self.doing.startswith("pulling") and quiet >= STALL_S
        rate = self._meter.rate(now) if running and self.doing.startswith("pulling ") and not stalled else 0.0
        known = rate > 0 and self.total > 0 and now - self._began_at >= _SURE_S
        return DownloadView(
            id=self.id,
            model=str(self.name),
            source=self.source,
            state=State.STALLED.value if stalled else self.state.value,
            doing=self.doing if running else "",
            completed=self.completed,
            total=self.total,
            rate=rate,
            left=(self.total - self.completed) / rate if known else None,
            reason=f"nothing has come for {quiet:.0f} s" if stalled else self.reason,
            retry_in=max(0.0, self.retry_at - now) if self.state is State.STALLED else None,
        )
