"""The owner of all downloads: it starts, stops, orders and remembers them."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol

from backend.downloads import file
from backend.downloads.download import Download
from backend.downloads.policy import Pace, due, gives_up, wait
from backend.downloads.state import State
from backend.errors import BackendError, BadRequest, NotFound, PullFailed
from backend.registry.threaded import in_thread
from backend.store.name import ModelName

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from pathlib import Path

    from backend.events import Changes
    from backend.registry.pull import Step
    from backend.store import Store
    from backend.wire.downloads import DownloadView

MOST = 50  # downloads in the queue
MOST_DONE = 10  # of them that are done and still shown
_STOPPABLE = frozenset({State.WAITING, State.RUNNING, State.STALLED})
_STARTABLE = frozenset({State.PAUSED, State.FAILED, State.STALLED})
_log = logging.getLogger(__name__)


class Pull(Protocol):
    """`backend.registry.pull.steps` of one store."""

    def __call__(self, name: ModelName, *, insecure: bool) -> AsyncGenerator[Step, None]: ...


class DownloadQueue:
    """Every method that changes something returns when the change is durable, or raises `StoreError`.

    `NotFound` for an id that is not in the queue. Only from the event loop's thread.
    """

    def __init__(
        self,
        path: Path,
        store: Store,
        pull: Pull,
        changes: Changes,
        slots: int,
        *,
        pace: Pace,
        clock: Callable[[], float],
    ) -> None:
        self._path = path
        self._store = store
        self._pull = pull
        self._changes = changes
        self._slots = slots
        self._pace = pace
        self._clock = clock
        self._downloads: list[Download] = []
        self._writing = asyncio.Lock()
        self._wake = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        store: Store,
        pull: Pull,
        changes: Changes,
        slots: int = 1,
        *,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> AsyncIterator[DownloadQueue]:
        """The queue that is remembered at `path`, at work for as long as the block lasts, `slots` at a time.

        What was under way when a backend ended, however that was, goes on.
        """
        queue = cls(path, store, pull, changes, slots, pace=pace or Pace(), clock=clock)
        queue._downloads = await in_thread(file.read, path)
        for download in queue._downloads:
            if download.state is not State.DONE:
                download.hold(store.blobs)
        async with asyncio.TaskGroup() as group:
            working = group.create_task(queue._work(group), name="downloads")
            try:
                yield queue
            finally:
                working.cancel()
                for download in queue._downloads:
                    if download.task is not None:
                        download.task.cancel()

    @property
    def busy(self) -> bool:
        """Whether bytes may be arriving."""
        return any(download.task is not None for download in self._downloads)

    def views(self) -> list[DownloadView]:
        """The queue in its order, those that are done at its end; at most `MOST`."""
        now = self._clock()
        return [download.view(now) for download in self._downloads]

    async def add(self, source: str, *, insecure: bool = False) -> DownloadView:
        """A model to the end of the queue; one that is in it already goes on if it had stopped.

        Raises `InvalidName`, and `BadRequest` if the queue is full.
        """
        name = ModelName.parse(source)
        known = self._find(name)
        if known is not None:
            known.insecure = insecure
            if known.state in _STARTABLE:
                known.go(State.WAITING)
            return await self._changed(known)
        unfinished = self._unfinished()
        if len(unfinished) >= MOST - MOST_DONE:
            raise BadRequest(f"the queue is full: {len(unfinished)} downloads wait; cancel one first")
        download = Download(secrets.token_hex(8), source.strip(), name, insecure)
        done = [other for other in self._downloads if other.state is State.DONE and not _same(other.name, name)]
        self._downloads = [*unfinished, download, *done]
        try:
            return await self._changed(download)
        except BackendError:  # nobody would know of it after a restart
            self._downloads.remove(download)
            await _stop(download)
            raise

    async def pause(self, identity: str) -> DownloadView:
        """Stop; what has come stays. Raises `BadRequest` for one that is over."""
        download = self._get(identity)
        if download.state in _STOPPABLE:
            download.go(State.PAUSED)
            await _stop(download)
        elif download.state is not State.PAUSED:
            raise BadRequest(f"{download.name} is not being downloaded: it is {download.state.value}")
        return await self._changed(download)

    async def resume(self, identity: str) -> DownloadView:
        """Go on with one that is paused, or try one that failed or stalled again, at its place in the queue.

        Raises `BadRequest` for one that is done.
        """
        download = self._get(identity)
        if download.state in _STARTABLE:
            download.go(State.WAITING)
            download.tries = 0
        elif download.state is State.DONE:
            raise BadRequest(f"{download.name} is here already; add it again to get its newest version")
        return await self._changed(download)

    async def move(self, identity: str, position: int) -> DownloadView:
        """To another place in the queue, 0 at its head. What runs goes on running."""
        download = self._get(identity)
        unfinished = self._unfinished()
        if download in unfinished:
            unfinished.remove(download)
            unfinished.insert(position, download)
            self._downloads = [*unfinished, *(other for other in self._downloads if other.state is State.DONE)]
        return await self._changed(download)

    async def cancel(self, identity: str) -> None:
        """Out of the queue, with what has come of it unless another download or a model needs it.

        One that is done is only forgotten; the model stays.
        """
        download = self._get(identity)
        self._downloads.remove(download)
        await _stop(download)
        download.release()
        if download.state is not State.DONE:
            others = frozenset[object]().union(*(other.missing for other in self._unfinished()))
            await in_thread(self._discard, download, others)
        await self._changed(download)

    async def _work(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._wake.clear()
            for download in due(self._downloads, self._slots, self._clock()):
                download.begin(self._clock())
                download.task = group.create_task(self._run(download), name=f"download {download.id}")
                download.task.add_done_callback(partial(self._over, download))
                self._changes.touch()
            try:
                async with asyncio.timeout(wait(self._downloads, self._slots, self._clock())):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _run(self, download: Download) -> None:
        try:
            async with aclosing(self._pull(download.name, insecure=download.insecure)) as steps:
                async for step in steps:
                    if self._note(download, step):
                        await self._remember()
            self._end(download, State.DONE)
        except BackendError as error:
            self._failed(download, error)
        except Exception:  # noqa: BLE001 # the boundary of a download: one must not end the rest
            _log.exception("the download of %s failed", download.name)
            self._end(download, State.FAILED, "the backend failed; its log says why")
        await self._remember()

    def _over(self, download: Download, _: asyncio.Task[None]) -> None:
        """Called for a task too that was cancelled before it began."""
        download.task = None
        self._wake.set()
        self._changes.touch()

    def _note(self, download: Download, step: Step) -> bool:
        """Whether there is something to remember."""
        doing, total = download.doing, download.total
        download.note(step, self._clock())
        download.hold(self._store.blobs, step.missing)
        if download.doing != doing:
            self._changes.touch()
        return download.total != total

    def _failed(self, download: Download, error: BackendError) -> None:
        download.tries += 1
        if isinstance(error, PullFailed) and error.transient and not gives_up(download):
            download.retry_at = self._clock() + self._pace.delay(download.tries)
            self._end(download, State.STALLED, error.message)
        else:
            self._end(download, State.FAILED, error.message)

    def _end(self, download: Download, state: State, reason: str = "") -> None:
        """Unless somebody has paused or cancelled it meanwhile."""
        if download.state is not State.RUNNING or download not in self._downloads:
            return
        download.go(state, reason)
        if state is State.DONE:
            download.completed, download.missing = download.total, frozenset()
            download.release()
            done = [other for other in self._downloads if other.state is State.DONE and other is not download]
            self._downloads = [*self._unfinished(), download, *done[: MOST_DONE - 1]]

    def _discard(self, download: Download, needed: frozenset[object]) -> None:
        digests = frozenset(digest for digest in download.missing if digest not in needed)
        self._store.blobs.discard_partials(digests)
        self._store.remove_unused(digests)

    def _unfinished(self) -> list[Download]:
        return [download for download in self._downloads if download.state is not State.DONE]

    def _find(self, name: ModelName) -> Download | None:
        return next((download for download in self._unfinished() if _same(download.name, name)), None)

    def _get(self, identity: str) -> Download:
        for download in self._downloads:
            if download.id == identity:
                return download
        raise NotFound(f"no download {identity!r}")

    async def _changed(self, download: Download) -> DownloadView:
        self._changes.touch()
        await self._save()
        self._wake.set()
        return download.view(self._clock())

    async def _remember(self) -> None:
        """What is remembered may be older than what is shown: it is found out again after a restart."""
        try:
            await self._save()
        except BackendError as error:
            _log.warning("%s", error)

    async def _save(self) -> None:
        async with self._writing:
            await in_thread(file.write, self._path, file.encode(self._downloads))


async def _stop(download: Download) -> None:
    """What has come is saved when this returns."""
    task = download.task
    if task is not None:
        task.cancel()
        await asyncio.wait([task])


def _same(one: ModelName, other: ModelName) -> bool:
    """Whether two names mean one model from one kind of source."""
    return one.folded == other.folded and (one.scheme == "pip") == (other.scheme == "pip")
