"""`GET /api/ps` (the specification's section A.8)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from aiohttp import web

from backend.errors import BackendError
from backend.http.reply import json_reply
from backend.modelfile.describe import details
from backend.store.name import ModelName
from backend.timestamp import rfc3339
from backend.wire.ollama import Details, PsResponse, RunningModel

if TYPE_CHECKING:
    from backend.scheduler.book import RunnerStatus
    from backend.scheduler.scheduler import Scheduler
    from backend.store.store import Store

_FOREVER_S = 292 * 365 * 86400.0  # Ollama's "for ever": the longest Go duration
_DELETED = Details(parent_model="", format="", family="", families=None, parameter_size="", quantization_level="")


class Running:
    """The handler over the scheduler's runners."""

    def __init__(self, store: Store, scheduler: Scheduler) -> None:
        self._store = store
        self._scheduler = scheduler

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/ps", self.ps, allow_head=False)]

    async def ps(self, request: web.Request) -> web.Response:
        statuses = self._scheduler.statuses()
        models = await asyncio.to_thread(lambda: [self._model(status) for status in statuses])
        return json_reply(PsResponse(models=models))

    def _model(self, status: RunnerStatus) -> RunningModel:
        remaining = status.keep_alive if status.expires_in is None else status.expires_in
        digest, info = "", _DELETED
        try:
            stored = self._store.get(ModelName.parse(status.name))
            digest, info = stored.digest, details(stored)
        except BackendError:
            pass  # deleted while loaded: it answers until it is unloaded
        return RunningModel(
            name=status.name,
            model=status.name,
            size=status.size,
            digest=digest,
            details=info,
            expires_at=rfc3339(time.time() + min(remaining, _FOREVER_S), local=True),
            size_vram=status.size_vram,
            context_length=status.n_ctx,
        )
