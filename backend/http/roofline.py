"""`/puna/v1/roofline`: what bounds the decoding of a model on this machine, for `puna bench`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from backend.errors import BadModelFile, BadRequest
from backend.gguf.traffic import bytes_per_token
from backend.http.body import decode
from backend.http.reply import json_reply
from backend.monitor.bandwidth import measure
from backend.store.name import ModelName
from backend.wire.workstation import RooflineRequest, RooflineView

if TYPE_CHECKING:
    from backend.store.store import Store


class Roofline:
    """The handler over the store. One measurement at a time: two would halve each other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._measuring = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/puna/v1/roofline", self.roofline)]

    async def roofline(self, request: web.Request) -> web.Response:
        """The body is a `RooflineRequest`, the answer a `RooflineView`. The cores are busy for half a second."""
        body = await decode(request, RooflineRequest)
        if not body.model:
            raise BadRequest("model is required")
        name = ModelName.parse(body.model)
        weights = await asyncio.to_thread(_weights, self._store, name)
        rate = None
        if body.memory:
            async with self._measuring:
                rate = await asyncio.to_thread(measure, weights)
        return json_reply(RooflineView(weights=weights, memory_bandwidth=rate))


def _weights(store: Store, name: ModelName) -> int:
    """Bytes that a token reads; all of a file whose tensors cannot be told apart, being damaged or unknown."""
    model = store.get(name)
    try:
        return bytes_per_token(model.gguf)
    except BadModelFile:
        return model.weights.stat().st_size
