"""The web application: every route of every family behind the same middleware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from backend import __version__
from backend.http.body import MAX_BYTES
from backend.http.middleware import add_cors, errors, origins
from backend.http.reply import json_reply
from backend.http.workstation import WATCHERS, Watchers
from backend.wire.ollama import VersionResponse

if TYPE_CHECKING:
    from collections.abc import Iterable


def make_app(families: Iterable[list[web.RouteDef]], allowed_origins: Iterable[str]) -> web.Application:
    """The application with the routes of `families` and the liveness routes."""
    app = web.Application(middlewares=[origins(allowed_origins), errors], client_max_size=MAX_BYTES)
    app.on_response_prepare.append(add_cors)
    app[WATCHERS] = Watchers()
    app.on_shutdown.append(_dismiss_watchers)
    app.router.add_get("/", _alive)
    app.router.add_get("/api/version", _version)
    for routes in families:
        app.router.add_routes(routes)
    return app


async def _dismiss_watchers(app: web.Application) -> None:
    app[WATCHERS].dismiss()


async def _alive(request: web.Request) -> web.Response:
    return web.Response(text="Ollama is running")  # clients look for exactly this


async def _version(request: web.Request) -> web.Response:
    return json_reply(VersionResponse(version=__version__))
