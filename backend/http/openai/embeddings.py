"""`POST /v1/embeddings` (the specification's section B.4)."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any

from aiohttp import web

from backend.errors import BadRequest, ModelNotFound
from backend.http.body import decode
from backend.http.generation import client_of
from backend.http.openai.reply import json_reply
from backend.wire.openai import Embedding, EmbeddingList, EmbeddingsRequest, EmbeddingUsage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.inference.service import Inference
    from backend.monitor.requests import LiveRequests

_FORMATS = ("", "float", "base64")


class Embeddings:
    """The handler over the embeddings of inference."""

    def __init__(self, inference: Inference, live: LiveRequests) -> None:
        self._inference = inference
        self._live = live

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v1/embeddings", self.embed)]

    async def embed(self, request: web.Request) -> web.Response:
        body = await decode(request, EmbeddingsRequest, if_empty="EOF")
        encoding = body.encoding_format.lower()
        if encoding not in _FORMATS:
            raise BadRequest(
                f"Invalid value for 'encoding_format' = {body.encoding_format}. Supported values: ['float', 'base64']."
            )
        inputs = _inputs(body.input)
        if not body.model:
            raise ModelNotFound("model '' not found")
        with self._live.track("embed", body.model, client_of(request)) as live:
            embedded = await self._inference.embed(body.model, inputs, {}, None, live, dimensions=body.dimensions)
        data = [
            Embedding(object="embedding", embedding=_packed(vector) if encoding == "base64" else vector, index=index)
            for index, vector in enumerate(embedded.vectors)
        ]
        usage = EmbeddingUsage(prompt_tokens=embedded.tokens, total_tokens=embedded.tokens)
        return json_reply(EmbeddingList(object="list", data=data, model=body.model, usage=usage))


def _inputs(given: Any) -> list[str]:
    if given is None or given == []:
        raise BadRequest("invalid input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadRequest("invalid input type")
    return texts


def _packed(vector: Sequence[float]) -> str:
    """Base64 of little-endian 32-bit floats."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
