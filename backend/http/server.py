"""The web application: every route of every family behind the same middleware."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from backend import __version__
from backend.errors import BackendError
from backend.http.body import MAX_BYTES
from backend.http.connections import deadlines
from backend.http.gate import add_cors, gate
from backend.http.middleware import errors
from backend.http.reply import json_reply
from backend.http.workstation import WATCHERS, Watchers
from backend.wire.ollama import VersionResponse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp.typedefs import Handler

    from backend.http.gate import Rules

_BEGINNING = ("POST", "PATCH")
DRAINING = web.AppKey("draining", asyncio.Event)


def make_app(families: Iterable[list[web.RouteDef]], rules: Rules) -> web.Application:
    """The application with the routes of `families` and the liveness routes, all behind `rules`."""
    app = web.Application(middlewares=[deadlines, errors, gate(rules), _no_more], client_max_size=MAX_BYTES)
    app.on_response_prepare.append(add_cors)
    app[WATCHERS] = Watchers()
    app[DRAINING] = asyncio.Event()
    app.on_shutdown.append(_dismiss_watchers)
    app.router.add_get("/", _alive)
    app.router.add_get("/puna/v1/health", _healthy)
    app.router.add_get("/api/version", _version)
    for routes in families:
        app.router.add_routes(routes)
    return app


@web.middleware
async def _no_more(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A backend that is about to end begins nothing; what runs may be looked at and cancelled."""
    if request.app[DRAINING].is_set() and request.method in _BEGINNING and not request.path.endswith("/cancel"):
        raise BackendError("the backend is shutting down", status=503)
    return await handler(request)


async def _dismiss_watchers(app: web.Application) -> None:
    app[WATCHERS].dismiss()


async def _alive(request: web.Request) -> web.Response:
    return web.Response(text="Ollama is running")  # clients look for exactly this


async def _healthy(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})  # nothing that a stranger could use


async def _version(request: web.Request) -> web.Response:
    return json_reply(VersionResponse(version=__version__))
