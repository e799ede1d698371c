"""Puna's own API: the state of everything that runs, as a stream, and cancelling (the design's `/puna/v1`)."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from backend import __version__
from backend.http.reply import JSON_TYPE
from backend.monitor.machine import Machine, resident
from backend.wire.workstation import RequestView, RunnerView, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend.downloads.queue import DownloadQueue
    from backend.events import Changes
    from backend.monitor.requests import LiveRequest, LiveRequests
    from backend.scheduler.book import RunnerStatus
    from backend.scheduler.scheduler import Scheduler
    from backend.sessions.store import SessionStore
    from backend.store.store import Store

_SETTLE_S = 0.1  # changes that come together leave together
_BUSY_S = 0.5  # between snapshots while something generates or downloads: counts are no changes
_IDLE_S = 2.0  # between snapshots for the gauges alone


class Watchers:
    """Tasks that serve a stream without an end: the server waits for open streams when it stops."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    @contextmanager
    def present(self) -> Iterator[None]:
        """The current task counts as a watcher for as long as the block lasts."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a watcher is no task")
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    def dismiss(self) -> None:
        """Cancel every watcher."""
        for task in tuple(self._tasks):
            task.cancel()


WATCHERS = web.AppKey("watchers", Watchers)


class Workstation:
    """Handlers over what runs."""

    def __init__(
        self,
        scheduler: Scheduler,
        live: LiveRequests,
        store: Store,
        sessions: SessionStore,
        downloads: DownloadQueue,
        changes: Changes,
    ) -> None:
        self._scheduler = scheduler
        self._live = live
        self._store = store
        self._sessions = sessions
        self._downloads = downloads
        self._changes = changes
        self._machine = Machine()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/puna/v1/events", self.events, allow_head=False),
            web.get("/puna/v1/requests", self.requests, allow_head=False),
            web.delete("/puna/v1/requests/{id}", self.cancel),
            web.get("/puna/v1/runners/{id}/log", self.log, allow_head=False),
        ]

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events, each a whole `Snapshot`: now, after every change, and on a clock for rates and gauges.

        A watcher that is slow gets fewer of them; nothing is buffered for it.
        """
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        with request.app[WATCHERS].present():
            await self._tell(response)
        return response

    async def _tell(self, response: web.StreamResponse) -> None:
        while True:
            seen = self._changes.revision
            body = msgspec.json.encode(self.snapshot())
            await response.write(b"id: %d\ndata: %s\n\n" % (seen, body))
            try:
                async with asyncio.timeout(_BUSY_S if any(self._live) or self._downloads.busy else _IDLE_S):
                    await self._changes.wait(seen)
                await asyncio.sleep(_SETTLE_S)
            except TimeoutError:
                pass

    async def requests(self, request: web.Request) -> web.Response:
        """The live generations of every client, as a list of `RequestView`."""
        now = time.monotonic()
        views = [_request_view(live, now) for live in self._live]
        return web.Response(body=msgspec.json.encode(views), headers={"Content-Type": JSON_TYPE})

    async def cancel(self, request: web.Request) -> web.Response:
        self._live.cancel(request.match_info["id"])
        return web.Response(status=204)

    async def log(self, request: web.Request) -> web.Response:
        """The engine's own last lines, as plain text; empty for a runner that is gone."""
        return web.Response(text="\n".join(self._scheduler.log(request.match_info["id"])))

    def snapshot(self) -> Snapshot:
        """The state at this moment."""
        now = time.monotonic()
        live = list(self._live)
        machine = self._machine.use()
        return Snapshot(
            version=__version__,
            models_revision=self._store.revision,
            sessions_revision=self._sessions.revision,
            runners=[_runner_view(status, live, now) for status in self._scheduler.statuses()],
            requests=[_request_view(one, now) for one in live],
            memory_total=machine.memory_total,
            memory_available=machine.memory_available,
            cpu=machine.cpu,
            downloads=self._downloads.views(),
        )


def _request_view(live: LiveRequest, now: float) -> RequestView:
    return RequestView(
        id=live.id,
        model=live.model,
        kind=live.kind,
        client=live.client,
        state=live.state,
        prompt_tokens=live.prompt_tokens,
        tokens=live.tokens,
        tokens_per_second=live.rate(now),
        elapsed=now - live.started,
    )


def _runner_view(status: RunnerStatus, live: Sequence[LiveRequest], now: float) -> RunnerView:
    return RunnerView(
        id=status.id,
        model=status.name,
        state=status.phase.value,
        engine="llama.cpp",
        progress=status.progress,
        size=status.size,
        size_vram=status.size_vram,
        resident=resident(status.pid),
        context_length=status.n_ctx,
        slots=status.slots,
        active=status.active,
        queued=status.queued,
        tokens_per_second=sum(one.rate(now) for one in live if one.runner == status.id),
        expires_in=status.expires_in,
    )
