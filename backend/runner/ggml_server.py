"""The part of llama-server's HTTP that Puna speaks, for one GGML model (the specification's section I.2)."""

from __future__ import annotations

import asyncio
import hmac
import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import orjson
from aiohttp import web

from backend.errors import BackendError, BadRequest
from backend.runner.ggml_completion import Completion, ContextFull, decoded, mean_embedding

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

    from backend.runner.ggml_model import Model
    from backend.runner.spec import RunnerSpec

T = TypeVar("T")
_BODY_LIMIT = 64 << 20  # bytes
_NOT_HERE = "the engine of GGML models has no chat templates: its prompts are made by the backend"
_NO_EMBEDDINGS = "models of the family {} give no embeddings in the engine of GGML models; llama and falcon do"


class Tokenize(msgspec.Struct):
    """The body of `/tokenize`."""

    content: str
    add_special: bool = False


class Detokenize(msgspec.Struct):
    """The body of `/detokenize`."""

    tokens: list[int]


class Embed(msgspec.Struct):
    """The body of `/v1/embeddings`."""

    input: str


class Server:
    """Serves requests one after the other. All work of the engine is done by one thread, a step at a time, so that a
    client that hangs up is noticed after the step.
    """

    def __init__(self, model: Model, spec: RunnerSpec, key: str, n_batch: int) -> None:
        self._model = model
        self._spec = spec
        self._n_batch = n_batch
        self._key = f"Bearer {key}".encode()
        self._worker = ThreadPoolExecutor(1, "engine")
        self._turn = asyncio.Lock()

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard], client_max_size=_BODY_LIMIT)
        app.router.add_get("/health", self._health)
        app.router.add_post("/completion", self._complete)
        app.router.add_post("/tokenize", self._tokenize)
        app.router.add_post("/detokenize", self._detokenize)
        app.router.add_post("/v1/embeddings", self._embed)
        for path in ("/apply-template", "/v1/chat/completions"):
            app.router.add_post(path, self._refuse_template)
        return app

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path != "/health" and not hmac.compare_digest(
            request.headers.get("Authorization", "").encode(), self._key
        ):
            return _json(_error(401, "Invalid API Key", "authentication_error"), 401)
        try:
            return await handler(request)
        except ContextFull as error:
            return _json(_error(error.status, error.message, "exceed_context_size_error"), error.status)
        except BackendError as error:
            kind = "invalid_request_error" if error.status < 500 else "server_error"
            return _json(_error(error.status, error.message, kind), error.status)
        except msgspec.MsgspecError as error:
            return _json(_error(400, str(error), "invalid_request_error"), 400)

    async def _health(self, request: web.Request) -> web.Response:
        return _json({"status": "ok"})

    async def _refuse_template(self, request: web.Request) -> web.Response:
        raise BackendError(_NOT_HERE, status=501)

    async def _tokenize(self, request: web.Request) -> web.Response:
        body = msgspec.json.decode(await request.read(), type=Tokenize)
        tokens = await self._run(lambda: self._model.tokenize(body.content, special=body.add_special))
        return _json({"tokens": tokens})

    async def _detokenize(self, request: web.Request) -> web.Response:
        body = msgspec.json.decode(await request.read(), type=Detokenize)
        self._model.check(body.tokens)
        data = await self._run(lambda: b"".join(map(self._model.bytes_of, body.tokens)))
        return _json({"content": data.decode("utf-8", "replace")})

    async def _embed(self, request: web.Request) -> web.Response:
        body = msgspec.json.decode(await request.read(), type=Embed)
        if not self._model.embeds:
            raise BackendError(_NO_EMBEDDINGS.format(self._model.family), status=501)
        tokens = await self._run(lambda: self._model.tokenize(body.input, special=True))
        limit = min(self._spec.n_ctx, self._model.n_ctx)
        if not 0 < len(tokens) <= limit:
            raise BadRequest(f"input of {len(tokens)} tokens: the context size is {limit}")
        async with self._turn:
            vector = [step async for step in self._steps(mean_embedding(self._model, tokens)) if step is not None][-1]
        data = [{"object": "embedding", "index": 0, "embedding": vector}]
        usage = {"prompt_tokens": len(tokens), "total_tokens": len(tokens)}
        return _json({"object": "list", "data": data, "usage": usage})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = decoded(await request.read())
        n_ctx = min(self._spec.n_ctx, self._model.n_ctx)
        completion = await self._run(
            lambda: Completion(self._model, body, n_ctx=n_ctx, n_batch=self._n_batch, shifts=self._spec.context_shift)
        )
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        response.force_close()
        await response.prepare(request)
        async with self._turn:
            try:
                async for event in self._steps(completion.events()):
                    await response.write(b":\n\n" if event is None else b"data: " + orjson.dumps(event) + b"\n\n")
            except BackendError as error:
                data = orjson.dumps(_error(error.status, error.message, "server_error"))
                await response.write(b"data: " + data + b"\n\n")
        await response.write_eof()
        return response

    async def _steps(self, iterator: Iterator[T]) -> AsyncGenerator[T, None]:
        """What an iterator yields, each step in the engine's thread. Cancelled, the step that runs is the last one."""
        while step := await self._run(lambda: list(itertools.islice(iterator, 1))):
            yield step[0]

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


def _error(status: int, message: str, kind: str) -> dict[str, Any]:
    return {"error": {"code": status, "message": message, "type": kind}}
