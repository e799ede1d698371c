"""`/puna/v1/sessions` and `/puna/v1/turns`: chats that belong to the backend (the design's workstation API)."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from aiohttp import web

from backend.errors import BadRequest
from backend.http.body import decode
from backend.http.reply import LineStream, json_reply
from backend.http.save import save
from backend.inference import media
from backend.sessions.export import markdown
from backend.wire.sessions import (
    ExportedSession,
    MessageChange,
    NewSession,
    SaveRequest,
    SearchResult,
    SessionChange,
    SessionList,
    TurnRequest,
)

if TYPE_CHECKING:
    from backend.events import Changes
    from backend.sessions.store import SessionStore
    from backend.sessions.turns import Turns
    from backend.store.store import Store

_MOST_LISTED = 1000


class Sessions:
    """Handlers over the stored sessions and the turns that run. `models` get those that are made of sessions."""

    def __init__(self, store: SessionStore, turns: Turns, models: Store, changes: Changes) -> None:
        self._store = store
        self._turns = turns
        self._models = models
        self._changes = changes

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/puna/v1/sessions", self.list, allow_head=False),
            web.post("/puna/v1/sessions", self.create),
            web.get("/puna/v1/sessions/search", self.search, allow_head=False),
            web.post("/puna/v1/sessions/import", self.restore),
            web.get("/puna/v1/sessions/{id}", self.read, allow_head=False),
            web.patch("/puna/v1/sessions/{id}", self.change),
            web.delete("/puna/v1/sessions/{id}", self.delete),
            web.get("/puna/v1/sessions/{id}/export", self.export, allow_head=False),
            web.get("/puna/v1/sessions/{id}/messages/{message}", self.message, allow_head=False),
            web.post("/puna/v1/sessions/{id}/save", self.save),
            web.get("/puna/v1/sessions/{id}/messages/{message}/tokens", self.tokens, allow_head=False),
            web.get("/puna/v1/sessions/{id}/messages/{message}/images/{number}", self.image, allow_head=False),
            web.patch("/puna/v1/sessions/{id}/messages/{message}", self.edit),
            web.delete("/puna/v1/sessions/{id}/messages/{message}", self.remove),
            web.post("/puna/v1/sessions/{id}/turns", self.start),
            web.get("/puna/v1/turns/{turn}/stream", self.attach, allow_head=False),
            web.post("/puna/v1/turns/{turn}/cancel", self.cancel),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Query: `tag`, `limit` (100 unless told, at most 1000), `offset`."""
        limit = _limit(request)
        offset = _count(request.query.get("offset", "0"), "offset")
        return json_reply(
            SessionList(sessions=await self._store.summaries(request.query.get("tag", ""), limit, offset))
        )

    async def search(self, request: web.Request) -> web.Response:
        """Query: `q`, and `limit` as for the list."""
        return json_reply(SearchResult(hits=await self._store.search(request.query.get("q", ""), _limit(request))))

    async def restore(self, request: web.Request) -> web.Response:
        """The body is a document of `export`; the answer is the new session."""
        document = await decode(request, ExportedSession)
        for message in document.messages:
            for image in message.images:
                media.check(image)
        return json_reply(await self._store.restore(document))

    async def export(self, request: web.Request) -> web.Response:
        """Query: `format`, which is `json` (everything, unless told) or `markdown` (the branch that goes on)."""
        kind = request.query.get("format", "json")
        if kind not in {"json", "markdown"}:
            raise BadRequest("format must be json or markdown")
        document = await self._store.export(request.match_info["id"])
        if kind == "json":
            return json_reply(document)
        return web.Response(text=markdown(document), content_type="text/markdown")

    async def save(self, request: web.Request) -> web.Response:
        """Answered when the model is made; one of that name is replaced, as in Ollama's `/save`."""
        body = await decode(request, SaveRequest)
        await save(self._models, await self._store.export(request.match_info["id"]), body.model)
        self._changes.touch()
        return web.Response(status=204)

    async def tokens(self, request: web.Request) -> web.Response:
        return json_reply(await self._store.tokens(request.match_info["id"], _message(request)))

    async def image(self, request: web.Request) -> web.Response:
        """The image itself, of the type that its first bytes tell. It is for looking at, never for running."""
        number = _count(request.match_info["number"], "the image's number")
        data, kind = media.decoded(await self._store.image(request.match_info["id"], _message(request), number))
        return web.Response(body=data, content_type=kind, headers={"X-Content-Type-Options": "nosniff"})

    async def create(self, request: web.Request) -> web.Response:
        return json_reply(await self._store.create(await decode(request, NewSession)))

    async def read(self, request: web.Request) -> web.Response:
        return json_reply(await self._store.read(request.match_info["id"]))

    async def change(self, request: web.Request) -> web.Response:
        change = await decode(request, SessionChange)
        return json_reply(await self._store.change(request.match_info["id"], change))

    async def delete(self, request: web.Request) -> web.Response:
        """Turns of the session are cancelled before."""
        await self._turns.cancel_all_of(request.match_info["id"])
        await self._store.delete(request.match_info["id"])
        return web.Response(status=204)

    async def message(self, request: web.Request) -> web.Response:
        return json_reply(await self._store.message(request.match_info["id"], _message(request)))

    async def edit(self, request: web.Request) -> web.Response:
        change = await decode(request, MessageChange)
        return json_reply(await self._store.edit(request.match_info["id"], _message(request), change.content))

    async def remove(self, request: web.Request) -> web.Response:
        """Query: `descendants=true` takes what hangs on the message too; else that moves up. The session is left."""
        descendants = _switch(request, "descendants")
        session, message = request.match_info["id"], _message(request)
        return json_reply(await self._store.remove(session, message, descendants=descendants))

    async def start(self, request: web.Request) -> web.Response:
        body = await decode(request, TurnRequest)
        for image in body.images:
            media.check(image)
        return json_reply(await self._turns.start(request.match_info["id"], body))

    async def attach(self, request: web.Request) -> web.StreamResponse:
        """JSON lines, each a `TurnEvent`, from the piece `from` on; with `logprobs=true`, log probabilities too.

        Who does not read for a minute is hung up on.
        """
        start = _count(request.query.get("from", "0"), "from")
        with_logprobs = _switch(request, "logprobs")
        stream = LineStream(request)
        async with aclosing(self._turns.events(_turn(request), start, with_logprobs=with_logprobs)) as events:
            async for event in events:
                await stream.send(event)
        return await stream.finish()

    async def cancel(self, request: web.Request) -> web.Response:
        """Answered when the text so far is stored."""
        await self._turns.cancel(_turn(request))
        return web.Response(status=204)


def _switch(request: web.Request, name: str) -> bool:
    value = request.query.get(name, "false")
    if value not in {"true", "false"}:
        raise BadRequest(f"{name} must be true or false")
    return value == "true"


def _limit(request: web.Request) -> int:
    return min(_count(request.query.get("limit", "100"), "limit"), _MOST_LISTED)


def _message(request: web.Request) -> int:
    return _count(request.match_info["message"], "the message's id")


def _turn(request: web.Request) -> int:
    return _count(request.match_info["turn"], "the turn's id")


def _count(text: str, name: str) -> int:
    """A number of a path or a query. Raises `BadRequest`."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise BadRequest(f"{name} must be a whole number from 0")
    return int(text)
