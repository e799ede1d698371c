"""Asks the drivers of accelerators what these do, while somebody looks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING, Protocol

from backend.monitor.amd import AmdDevices
from backend.monitor.nvidia import NvidiaDevices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backend.monitor.device import DeviceUse

_PERIOD_S = 1.0
_FIRST_S = 3.0  # a cold driver takes its time
_log = logging.getLogger(__name__)


class Source(Protocol):
    """Devices of one maker. Called in one thread alone."""

    def sample(self) -> list[DeviceUse]:
        """What they do now. May block."""
        ...


def find_sources() -> list[Source]:
    """The makers whose drivers are there. May block."""
    found = (NvidiaDevices.find(), AmdDevices.find())
    return [source for source in found if source is not None]


class Sampler:
    """One thread that is asleep unless somebody looks: a driver that hangs holds up nobody, not even the end of the
    process. `arrived` is called in the event loop when the first sample is there.
    """

    def __init__(
        self,
        arrived: Callable[[], None],
        find: Callable[[], Sequence[Source]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._arrived = arrived
        self._find = find or find_sources
        self._clock = clock
        self._latest: tuple[DeviceUse, ...] = ()
        self._asked_at = -_PERIOD_S
        self._known = asyncio.Event()  # there was a sample, or there is nothing to sample
        self._busy = False
        self._useless = False
        self._closed = False
        self._wanted = threading.Semaphore(0)
        self._thread: threading.Thread | None = None

    def look(self) -> tuple[DeviceUse, ...]:
        """The latest sample, and a request for a newer one if it is old. Never blocks."""
        now = self._clock()
        if not self._useless and not self._busy and now - self._asked_at >= _PERIOD_S:
            self._asked_at, self._busy = now, True
            if self._thread is None:
                loop = asyncio.get_running_loop()
                self._thread = threading.Thread(target=self._run, args=(loop,), name="devices", daemon=True)
                self._thread.start()
            self._wanted.release()
        return self._latest

    async def known(self) -> tuple[DeviceUse, ...]:
        """As `look`, but waits for the very first sample, for a few seconds at most."""
        self.look()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_S):
                await self._known.wait()
        return self._latest

    def close(self) -> None:
        """End the thread, when it comes back."""
        self._closed = True
        self._wanted.release()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        sources: Sequence[Source] = ()
        try:
            sources = self._find()
            while sources:
                self._wanted.acquire()
                if self._closed:
                    return
                sample = tuple(use for source in sources for use in source.sample())
                loop.call_soon_threadsafe(self._publish, sample)
        except RuntimeError:  # the loop is closed: the process ends
            return
        except Exception:  # noqa: BLE001 # the boundary of the thread: without gauges the rest goes on
            _log.exception("the drivers of the accelerators cannot be asked any more")
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._give_up)

    def _publish(self, sample: tuple[DeviceUse, ...]) -> None:
        first = not self._known.is_set()
        self._latest, self._busy = sample, False
        self._known.set()
        if first:
            self._arrived()

    def _give_up(self) -> None:
        self._latest, self._useless, self._busy = (), True, False
        self._known.set()
