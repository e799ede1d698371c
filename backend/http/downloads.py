"""`/puna/v1/downloads`: the queue of downloads that belongs to the backend (the design's workstation API)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from backend.http.body import decode
from backend.http.reply import json_reply
from backend.wire.downloads import DownloadList, Move, NewDownload

if TYPE_CHECKING:
    from backend.downloads.queue import DownloadQueue

_ROOT = "/puna/v1/downloads"


class Downloads:
    """Handlers over the queue. The answers are `DownloadView`s."""

    def __init__(self, queue: DownloadQueue) -> None:
        self._queue = queue

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_ROOT, self.list, allow_head=False),
            web.post(_ROOT, self.add),
            web.delete(f"{_ROOT}/{{id}}", self.cancel),
            web.post(f"{_ROOT}/{{id}}/pause", self.pause),
            web.post(f"{_ROOT}/{{id}}/resume", self.resume),
            web.post(f"{_ROOT}/{{id}}/move", self.move),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """A `DownloadList`."""
        return json_reply(DownloadList(downloads=self._queue.views()))

    async def add(self, request: web.Request) -> web.Response:
        """Answered when it is in the queue; a model that is in it already is not added again, but goes on."""
        body = await decode(request, NewDownload)
        return json_reply(await self._queue.add(body.model, insecure=body.insecure))

    async def cancel(self, request: web.Request) -> web.Response:
        """Answered when what had come of it is gone."""
        await self._queue.cancel(request.match_info["id"])
        return web.Response(status=204)

    async def pause(self, request: web.Request) -> web.Response:
        return json_reply(await self._queue.pause(request.match_info["id"]))

    async def resume(self, request: web.Request) -> web.Response:
        """What failed or stalled is tried again."""
        return json_reply(await self._queue.resume(request.match_info["id"]))

    async def move(self, request: web.Request) -> web.Response:
        body = await decode(request, Move)
        return json_reply(await self._queue.move(request.match_info["id"], body.position))
