"""The model life cycle: tags, show, copy, delete, create, pull and blobs (the specification's sections A.7 to A.12)."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from aiohttp import web

from backend.errors import BadRequest, InvalidName, ModelNotFound, NotFound, StoreError
from backend.http.body import decode
from backend.http.reply import LineStream, json_reply
from backend.modelfile.create import create, is_remote
from backend.modelfile.describe import show, summary
from backend.registry.pull import pull
from backend.registry.push import push
from backend.registry.threaded import in_thread, threaded
from backend.store.digest import Digest
from backend.store.name import ModelName
from backend.wire.ollama import (
    CopyRequest,
    CreateRequest,
    ModelRequest,
    ModelSummary,
    Progress,
    PullRequest,
    PushRequest,
    ShowResponse,
    TagsResponse,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from backend.events import Changes
    from backend.registry.transfers import Transfers
    from backend.store.store import Store


class Models:
    """Handlers over the store. `changes` is told when the list of models changed."""

    def __init__(self, store: Store, transfers: Transfers, changes: Changes, *, go_template: bool | None) -> None:
        self._store = store
        self._transfers = transfers
        self._changes = changes
        self._go_template = go_template

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/tags", self.tags),  # with HEAD
            web.post("/api/show", self.show),
            web.post("/api/copy", self.copy),
            web.delete("/api/delete", self.delete),
            web.post("/api/create", self.create),
            web.post("/api/pull", self.pull),
            web.post("/api/push", self.push),
            web.head("/api/blobs/{digest}", self.has_blob),
            web.post("/api/blobs/{digest}", self.put_blob),
        ]

    async def tags(self, request: web.Request) -> web.Response:
        return json_reply(TagsResponse(models=await asyncio.to_thread(self._summaries)))

    def _summaries(self) -> list[ModelSummary]:
        summaries = []
        for model in self._store.list():
            with suppress(StoreError):  # one damaged model does not hide the others
                summaries.append(summary(model))
        return summaries

    async def show(self, request: web.Request) -> web.Response:
        body = await decode(request, ModelRequest)
        given = body.model or body.name
        if not given:
            raise BadRequest("model is required")
        name = ModelName.parse(given)

        def describe() -> ShowResponse:
            try:
                return show(self._store.get(name), verbose=body.verbose, go_template=self._go_template)
            except ModelNotFound:
                raise ModelNotFound(f"model '{name}' not found") from None

        shown = await asyncio.to_thread(describe)
        if request.headers.get("User-Agent", "").startswith("GitHubCopilotChat/"):
            shown.model_info["general.basename"] = given  # it shows that as the name (section A.9)
        return json_reply(shown)

    async def copy(self, request: web.Request) -> web.Response:
        body = await decode(request, CopyRequest)
        source = _parse_plain(body.source, f'source "{body.source}" is invalid')
        destination = _parse_plain(body.destination, f'destination "{body.destination}" is invalid')
        try:
            await asyncio.to_thread(self._store.copy, source, destination)
        except ModelNotFound:
            raise ModelNotFound(f'model "{body.source}" not found') from None
        self._changes.touch()
        return web.Response()

    async def delete(self, request: web.Request) -> web.Response:
        body = await decode(request, ModelRequest)
        given = body.model or body.name
        if not given:
            raise BadRequest("model is required")
        name = _parse(given, f'name "{given}" is invalid')
        try:
            await asyncio.to_thread(self._store.delete, name)
        except ModelNotFound:
            raise ModelNotFound(f"model '{given}' not found") from None
        self._changes.touch()
        return web.Response()

    async def create(self, request: web.Request) -> web.StreamResponse:
        body = await decode(request, CreateRequest)
        steps = await asyncio.to_thread(create, self._store, body)  # a long template takes a while to check
        return await self._progress(request, self._create(body, steps), stream_on=body.stream)

    async def _create(
        self, body: CreateRequest, steps: Generator[Progress, None, None]
    ) -> AsyncGenerator[Progress, None]:
        """A base that is missing is pulled first (section F.3)."""
        base = _parse_base(body.from_) if body.from_ and not is_remote(body) else None
        if base is not None and not await asyncio.to_thread(self._has, base):
            async with aclosing(pull(self._store, self._transfers, base)) as pulling:
                async for progress in pulling:
                    if progress.status != "success":  # of the pull, not of what was asked for
                        yield progress
        async with aclosing(threaded(steps)) as creating:
            async for progress in creating:
                yield progress

    def _has(self, name: ModelName) -> bool:
        try:
            self._store.get(name)
        except ModelNotFound:
            return False
        except StoreError:  # a damaged one: the creation says so
            return True
        return True

    async def pull(self, request: web.Request) -> web.StreamResponse:
        body = await decode(request, PullRequest)
        given = body.model or body.name
        if not given:
            raise BadRequest("model is required")
        name = ModelName.parse(given)
        steps = pull(self._store, self._transfers, name, insecure=body.insecure)
        return await self._progress(request, steps, stream_on=body.stream)

    async def push(self, request: web.Request) -> web.StreamResponse:
        body = await decode(request, PushRequest)
        given = body.model or body.name
        if not given:
            raise BadRequest("model is required")
        name = ModelName.parse(given)
        steps = push(self._store, self._transfers.key, name, insecure=body.insecure)
        return await self._progress(request, steps, stream_on=body.stream)

    async def has_blob(self, request: web.Request) -> web.Response:
        digest = Digest.parse(request.match_info["digest"])
        if await asyncio.to_thread(self._store.blobs.size, digest) is None:
            raise NotFound(f'blob "{digest}" not found')
        return web.Response()

    async def put_blob(self, request: web.Request) -> web.Response:
        digest = Digest.parse(request.match_info["digest"])
        if await asyncio.to_thread(self._store.blobs.size, digest) is not None:
            return web.Response()
        with self._store.blobs.writer() as writer:
            async for chunk in request.content.iter_any():
                await in_thread(writer.write, chunk)
            await in_thread(writer.commit, digest)
        return web.Response(status=201)

    async def _progress(
        self, request: web.Request, steps: AsyncGenerator[Progress, None], *, stream_on: bool
    ) -> web.StreamResponse:
        """A stream of progress objects, or the last one alone."""
        stream = LineStream(request)
        try:
            async with aclosing(steps):
                last = Progress(status="success")
                async for last in steps:
                    if stream_on:
                        await stream.send(last)
        finally:
            self._changes.touch()
        return await stream.finish() if stream_on else json_reply(last)


def _parse(given: str, refusal: str) -> ModelName:
    try:
        return ModelName.parse(given)
    except InvalidName:
        raise BadRequest(refusal) from None


def _parse_plain(given: str, refusal: str) -> ModelName:
    try:
        return ModelName.parse_plain(given)
    except InvalidName:
        raise BadRequest(refusal) from None


def _parse_base(given: str) -> ModelName | None:
    """The name of a base; `None` for a bad one, which the creation refuses in its own words."""
    try:
        return ModelName.parse_plain(given)
    except InvalidName:
        return None
