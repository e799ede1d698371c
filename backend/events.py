"""How parts of the backend tell that something changed, without knowing who looks."""

from __future__ import annotations

import asyncio


class Changes:
    """A revision that grows. Watchers wait for a newer one and then read the state itself, so nothing is buffered
    for a slow watcher and nothing can be missed.
    """

    def __init__(self) -> None:
        self.revision = 0
        self._next = asyncio.Event()

    def touch(self) -> None:
        """Something changed. Only from the event loop's thread."""
        self.revision += 1
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, seen: int) -> int:
        """The revision, as soon as it is newer than `seen`."""
        while self.revision == seen:
            await self._next.wait()
        return self.revision
