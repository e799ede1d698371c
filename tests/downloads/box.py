"""Queues over a store, as one backend after the other has them, and waiting for what they do."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from backend.downloads.policy import Pace
from backend.downloads.queue import DownloadQueue
from backend.events import Changes
from backend.registry.pull import steps

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from backend.registry.transfers import Transfers
    from backend.store import Store
    from backend.wire.downloads import DownloadView

_DEADLINE_S = 10.0


class Box:
    """Queues that one backend after the other has over the same store and file."""

    def __init__(self, path: Path, store: Store, transfers: Transfers) -> None:
        self.path = path
        self.store = store
        self.changes = Changes()
        self._pull = partial(steps, store, transfers)

    @asynccontextmanager
    async def _open(self, slots: int, first_s: float) -> AsyncIterator[DownloadQueue]:
        pace = Pace(first_s=first_s)
        async with DownloadQueue.open(self.path, self.store, self._pull, self.changes, slots, pace=pace) as queue:
            yield queue

    def open(self, slots: int = 1, first_s: float = 0.001) -> AbstractAsyncContextManager[DownloadQueue]:
        return self._open(slots, first_s)


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop work until `condition` holds."""
    async with asyncio.timeout(_DEADLINE_S):
        while not condition():  # noqa: ASYNC110 # nobody tells of every byte
            await asyncio.sleep(0)


def view(queue: DownloadQueue, identity: str) -> DownloadView:
    return next(item for item in queue.views() if item.id == identity)


async def ended(queue: DownloadQueue, identity: str) -> DownloadView:
    """The download when it is done or has failed."""
    await until(lambda: view(queue, identity).state in {"done", "failed"})
    return view(queue, identity)
