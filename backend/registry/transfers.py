"""Downloads in progress, shared by everyone who waits for the same blob (the specification's section E.3)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.errors import BackendError
from backend.registry.client import Registry
from backend.registry.transfer import PACE, Pace, Transfer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from backend.registry.key import KeyPair
    from backend.store import Blobs, Digest, ModelName

TICK_S = 0.06  # between progress objects


@dataclass(slots=True)
class _Shared:
    """A running transfer. `origin` is the registry that it reads from."""

    transfer: Transfer
    task: asyncio.Task[None]
    origin: str
    waiters: int = 0


class Transfers:
    """At most one download of each blob; it ends when nobody waits for it any more."""

    def __init__(self, blobs: Blobs, key: KeyPair, pace: Pace = PACE) -> None:
        self.key = key
        self._blobs = blobs
        self._pace = pace
        self._running: dict[Digest, _Shared] = {}

    async def follow(self, name: ModelName, digest: Digest, total: int, *, insecure: bool) -> AsyncGenerator[int, None]:
        """The bytes that have arrived, every 60 ms, until the blob is in the store.

        Close it (`contextlib.aclosing`) if it may be left early. Raises what `Transfer.run` raises.
        """
        while True:
            shared, joined = self._running.get(digest), True
            if shared is None or shared.task.done():
                shared, joined = self._start(name, digest, total, insecure=insecure), False
            shared.waiters += 1
            try:
                while not shared.task.done():
                    await asyncio.wait([shared.task], timeout=TICK_S)
                    if not shared.task.done():
                        yield shared.transfer.completed
            finally:
                shared.waiters -= 1
                if not shared.waiters:
                    await self._end(digest, shared)
            try:
                shared.task.result()
            except BackendError:  # another one's registry is no judge of this one's
                if not joined or shared.origin == name.host:
                    raise
            else:
                return

    def _start(self, name: ModelName, digest: Digest, total: int, *, insecure: bool) -> _Shared:
        transfer = Transfer(self._blobs, lambda: Registry(name, self.key, insecure=insecure), digest, total, self._pace)
        task = asyncio.create_task(transfer.run(), name=f"download {digest.short}")
        self._running[digest] = shared = _Shared(transfer, task, name.host)
        return shared

    async def _end(self, digest: Digest, shared: _Shared) -> None:
        """Who comes from now on starts anew, and waits for the file that this one is closing."""
        if self._running.get(digest) is shared:
            del self._running[digest]
        shared.task.cancel()
        await asyncio.shield(asyncio.wait([shared.task]))
