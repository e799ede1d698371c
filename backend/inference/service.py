"""What the HTTP side asks of inference: one object that knows the store and the scheduler."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import orjson

from backend.duration import parse_keep_alive
from backend.errors import BackendError, BadRequest, ModelNotFound
from backend.inference import schema
from backend.inference.chat import chat
from backend.inference.chat import check as check_chat
from backend.inference.embed import embed
from backend.inference.generate import check as check_generate
from backend.inference.generate import generate
from backend.inference.pieces import Done
from backend.inference.target import find

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from backend.inference.embed import Embedded
    from backend.inference.pieces import Piece, Rendered
    from backend.monitor.requests import LiveRequest
    from backend.scheduler.scheduler import Scheduler
    from backend.store.store import Store
    from backend.wire.ollama import ChatRequest, GenerateRequest, InferenceRequest

_PULL_FIRST = 'model "{}" not found, try pulling it first'


class Inference:
    """Serves generations. Every method raises `BackendError`s in the words of the specification's section A."""

    def __init__(self, store: Store, scheduler: Scheduler) -> None:
        self._store = store
        self._scheduler = scheduler

    async def generate(
        self, request: GenerateRequest, live: LiveRequest
    ) -> AsyncGenerator[Piece | Done | Rendered, None]:
        """Pieces, then `Done`; `Done` alone for a request that only loads or unloads; `Rendered` alone for a look."""
        _check_common(request)
        keep_alive = _keep_alive(request.keep_alive)
        if not request.model:
            raise ModelNotFound("model '' not found")
        target = await asyncio.to_thread(find, self._store, request.model)
        if not request.prompt and keep_alive == 0:
            self._scheduler.unload(target.stored.weights_digest.hex)
            yield Done("unload")
            return
        check_generate(target, request)
        if request.prompt:
            _check_format(request.format)
        async with aclosing(generate(self._scheduler, target, request, keep_alive, live)) as pieces:
            async for piece in pieces:
                yield piece

    async def chat(self, request: ChatRequest, live: LiveRequest) -> AsyncGenerator[Piece | Done | Rendered, None]:
        """As `generate`."""
        _check_common(request)
        keep_alive = _keep_alive(request.keep_alive)
        if not request.model:
            raise BadRequest("model is required")
        target = await asyncio.to_thread(find, self._store, request.model)
        if not request.messages and keep_alive == 0:
            self._scheduler.unload(target.stored.weights_digest.hex)
            yield Done("unload")
            return
        check_chat(target, request)
        if request.messages:
            _check_format(request.format)
        async with aclosing(chat(self._scheduler, target, request, keep_alive, live)) as pieces:
            async for piece in pieces:
                yield piece

    async def embed(
        self,
        model: str,
        inputs: Sequence[str],
        options: dict[str, Any],
        keep_alive: object,
        live: LiveRequest,
        *,
        truncate: bool = True,
        dimensions: int = 0,
    ) -> Embedded:
        """Unit vectors of `inputs`; none: the model is only loaded."""
        target = await asyncio.to_thread(find, self._store, model, not_found=_PULL_FIRST)
        seconds = _keep_alive(keep_alive)
        return await embed(
            self._scheduler, target, inputs, options, seconds, live, truncate=truncate, dimensions=dimensions
        )


def _keep_alive(value: object) -> float | None:
    return None if value is None else parse_keep_alive(value)


def _check_common(request: InferenceRequest) -> None:
    if not 0 <= request.top_logprobs <= 20:
        raise BadRequest("top_logprobs must be between 0 and 20")
    if isinstance(request.think, str) and request.think not in {"low", "medium", "high", "max"}:
        raise BadRequest(
            f'invalid think value: "{request.think}" (must be "high", "medium", "low", "max", true, or false)'
        )


def _check_format(value: object) -> None:
    if isinstance(value, dict):
        schema.check(value)
    elif value not in (None, "", "json"):
        quoted = orjson.dumps(orjson.dumps(value).decode()).decode()
        raise BackendError(f'invalid format: {quoted}; expected "json" or a valid JSON Schema object')
