"""How far a download is, noted on disk while it goes on (threats.md, "Resume")."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from backend.registry.threaded import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from backend.store import Part, Partial

_STEPS = 8  # saves for each chunk, at least
_IN_FLIGHT = 2  # eighths of a chunk that a fast connection may hold: they are lost too


@asynccontextmanager
async def saving(partial: Partial, chunk: int) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Notes durably how far the parts are, and once more at the end, whatever ends the block.

    What is yielded is to be called after each write. Saves go on beside the writing; the call waits while so many
    bytes are not saved yet that a kill would cost more than `chunk` bytes of all parts together, with those that are on
    their way. Raises `StoreError`, from the call and at the end.
    """
    saver = _Saver(partial, chunk)
    try:
        yield saver.written
    finally:
        await saver.end()


class _Saver:
    """One sync of the file serves all parts that have grown since the last."""

    def __init__(self, partial: Partial, chunk: int) -> None:
        self._partial = partial
        self._step = chunk // _STEPS
        self._most = chunk - _IN_FLIGHT * self._step
        self._saved = {part.number: part.completed for part in partial.parts}
        self._task: asyncio.Task[None] | None = None

    async def written(self) -> None:
        while True:
            if self._task is not None and self._task.done():
                task, self._task = self._task, None
                task.result()
            unsaved = sum(part.completed - self._saved[part.number] for part in self._partial.parts)
            if self._task is None and unsaved >= self._step:
                self._task = asyncio.create_task(self._save(), name="save")
            if self._task is None or unsaved < self._most:
                return
            await asyncio.wait([self._task])

    async def end(self) -> None:
        """Where a save before has failed, the last one tells whether it still does."""
        if self._task is not None:
            await asyncio.wait([self._task])
            if not self._task.cancelled():
                self._task.exception()
        if self._grown():
            await self._save()

    def _grown(self) -> Sequence[Part]:
        return [part for part in self._partial.parts if part.completed != self._saved[part.number]]

    async def _save(self) -> None:
        parts = self._grown()
        completed = {part.number: part.completed for part in parts}
        await in_thread(self._partial.save, parts)
        self._saved |= completed
