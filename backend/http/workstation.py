"""Puna's own API: the state of everything that runs, as a stream, and cancelling (the design's `/puna/v1`)."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from backend.http.reply import JSON_TYPE, json_reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend.downloads.queue import DownloadQueue
    from backend.events import Changes
    from backend.http.views import Views
    from backend.monitor.requests import LiveRequests

_SETTLE_S = 0.1  # changes that come together leave together
_BUSY_S = 0.5  # between snapshots while something generates or downloads: counts are no changes
_IDLE_S = 1.0  # between snapshots for the gauges alone


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

    def __init__(self, live: LiveRequests, downloads: DownloadQueue, changes: Changes, views: Views) -> None:
        self._live = live
        self._downloads = downloads
        self._changes = changes
        self._views = views

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/puna/v1/events", self.events, allow_head=False),
            web.get("/puna/v1/requests", self.requests, allow_head=False),
            web.delete("/puna/v1/requests/{id}", self.cancel),
            web.get("/puna/v1/devices", self.devices, allow_head=False),
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
            body = msgspec.json.encode(self._views.snapshot())
            await response.write(b"id: %d\ndata: %s\n\n" % (seen, body))
            try:
                async with asyncio.timeout(_BUSY_S if any(self._live) or self._downloads.busy else _IDLE_S):
                    await self._changes.wait(seen)
                await asyncio.sleep(_SETTLE_S)
            except TimeoutError:
                pass

    async def devices(self, request: web.Request) -> web.Response:
        """The machine and its accelerators, as a `MachineView`."""
        return json_reply(await self._views.machine_now())

    async def requests(self, request: web.Request) -> web.Response:
        """The live generations of every client, as a list of `RequestView`."""
        return web.Response(body=msgspec.json.encode(self._views.requests()), headers={"Content-Type": JSON_TYPE})

    async def cancel(self, request: web.Request) -> web.Response:
        self._live.cancel(request.match_info["id"])
        return web.Response(status=204)
