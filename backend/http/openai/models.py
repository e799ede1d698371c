"""`GET /v1/models` and `/v1/models/{model}` (the specification's section B.5)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from backend.errors import ModelNotFound, StoreError
from backend.http.openai.reply import json_reply
from backend.modelfile.describe import summary
from backend.store.name import ModelName
from backend.wire.openai import Model, ModelList

if TYPE_CHECKING:
    from backend.store.model import StoredModel
    from backend.store.store import Store


class OpenAIModels:
    """Handlers over the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/models", self.models, allow_head=False),
            # With slashes too, which Ollama's router does not take: `hf.co/…` names have them.
            web.get("/v1/models/{model:.*[^/]}", self.retrieve, allow_head=False),
        ]

    async def models(self, request: web.Request) -> web.Response:
        return json_reply(ModelList(object="list", data=await asyncio.to_thread(self._all) or None))

    def _all(self) -> list[Model]:
        models = []
        for stored in self._store.list():
            with suppress(StoreError):  # one damaged model does not hide the others, as in `/api/tags`
                models.append(_model(summary(stored).name, stored))
        return models

    async def retrieve(self, request: web.Request) -> web.Response:
        given = request.match_info["model"]
        name = ModelName.parse(given)
        try:
            stored = await asyncio.to_thread(self._store.get, name)
        except ModelNotFound:
            raise ModelNotFound(f"model '{name}' not found") from None
        return json_reply(_model(given, stored))


def _model(identity: str, stored: StoredModel) -> Model:
    return Model(id=identity, object="model", created=int(stored.modified_at), owned_by=stored.name.namespace)
