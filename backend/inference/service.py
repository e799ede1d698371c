"""What the HTTP side asks of inference: one object that knows the store and the scheduler."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import orjson

from backend.duration import parse_keep_alive
from backend.errors import BackendError, BadRequest, ModelNotFound
from backend.inference import media, schema
from backend.inference.chat import chat
from backend.inference.chat import check as check_chat
from backend.inference.count import count
from backend.inference.embed import embed
from backend.inference.generate import check as check_generate
from backend.inference.generate import generate
from backend.inference.pieces import Done, Rendered
from backend.inference.target import find
from backend.wire.ollama import InferenceRequest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Sequence

    from backend.engine_choice import Choice
    from backend.inference.embed import Embedded
    from backend.inference.pieces import Part
    from backend.inference.target import Target
    from backend.monitor.requests import LiveRequest
    from backend.scheduler.scheduler import Scheduler
    from backend.store.store import Store
    from backend.wire.ollama import ChatRequest, GenerateRequest

R = TypeVar("R", bound=InferenceRequest)
_PULL_FIRST = 'model "{}" not found, try pulling it first'


class Inference:
    """Serves generations. Every method raises `BackendError`s in the words of the specification's section A."""

    def __init__(
        self, store: Store, scheduler: Scheduler, *, go_template: bool | None, own_server: bool = False
    ) -> None:
        self._scheduler = scheduler
        self._find = partial(find, store, go_template=go_template, own_server=own_server)

    def generate(self, request: GenerateRequest, live: LiveRequest) -> AsyncGenerator[Part, None]:
        """Pieces, then `Done`; `Done` alone for a request that only loads or unloads; `Rendered` alone for a look."""
        _check_common(request, request.images)
        if not request.model:
            raise ModelNotFound("model '' not found")
        return self._serve(request, live, check_generate, generate, asks=bool(request.prompt))

    def chat(self, request: ChatRequest, live: LiveRequest) -> AsyncGenerator[Part, None]:
        """As `generate`."""
        _check_common(request, _images(request))
        if not request.model:
            raise BadRequest("model is required")
        return self._serve(request, live, check_chat, chat, asks=bool(request.messages))

    async def count_tokens(self, request: ChatRequest, live: LiveRequest) -> int:
        """How many tokens the prompt takes that `request` makes, tools and images included. Generates nothing."""
        look = msgspec.structs.replace(request, debug_render_only=True, truncate=False)
        async with aclosing(self.chat(look, live)) as parts:
            rendered = [part async for part in parts if isinstance(part, Rendered)]
        target = await asyncio.to_thread(self._find, request.model)
        return await count(self._scheduler, target, _settled(request, target), rendered[0], live)

    async def is_able(self, model: str, capability: str) -> bool:
        """Whether a model has a capability of the specification's section A.9. Raises `ModelNotFound`."""
        target = await asyncio.to_thread(self._find, model)
        return capability in target.capabilities

    async def engine(self, model: str) -> Choice:
        """Which engine runs a model. Raises `ModelNotFound`, and `BadRequest` if none can."""
        return (await asyncio.to_thread(self._find, model)).engine(None)

    async def _serve(
        self,
        request: R,
        live: LiveRequest,
        check: Callable[[Target, R], None],
        run: Callable[[Scheduler, Target, R, float | None, LiveRequest], AsyncGenerator[Part, None]],
        *,
        asks: bool,
    ) -> AsyncGenerator[Part, None]:
        """What both do, in the order of section A.2. `asks`: there is something to answer."""
        keep_alive = _keep_alive(request.keep_alive)
        target = await asyncio.to_thread(self._find, request.model)
        if not asks and keep_alive == 0:
            self._scheduler.unload(target.stored.weights_digest.hex)
            yield Done("unload")
            return
        check(target, request)
        if asks:
            await _check_format(request.format)
        async with aclosing(run(self._scheduler, target, _settled(request, target), keep_alive, live)) as parts:
            async for part in parts:
                yield part

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
        target = await asyncio.to_thread(self._find, model, not_found=_PULL_FIRST)
        seconds = _keep_alive(keep_alive)
        return await embed(
            self._scheduler, target, inputs, options, seconds, live, truncate=truncate, dimensions=dimensions
        )


def _keep_alive(value: object) -> float | None:
    return None if value is None else parse_keep_alive(value)


def _settled(request: R, target: Target) -> R:
    """The request with what it leaves to the model."""
    return msgspec.structs.replace(request, shift=target.shifts(request.shift))


def _images(request: ChatRequest) -> list[str]:
    return [image for message in request.messages for image in message.images]


def _check_common(request: InferenceRequest, images: Iterable[str]) -> None:
    for image in images:
        media.check(image)
    if not 0 <= request.top_logprobs <= 20:
        raise BadRequest("top_logprobs must be between 0 and 20")
    if isinstance(request.think, str) and request.think not in {"low", "medium", "high", "max"}:
        raise BadRequest(
            f'invalid think value: "{request.think}" (must be "high", "medium", "low", "max", true, or false)'
        )


async def _check_format(value: object) -> None:
    if isinstance(value, dict):
        await asyncio.to_thread(schema.check, value)
    elif value not in (None, "", "json"):
        quoted = orjson.dumps(orjson.dumps(value).decode()).decode()
        raise BackendError(f'invalid format: {quoted}; expected "json" or a valid JSON Schema object')
