"""The web application: every route of every family behind the same middleware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from backend import __version__
from backend.http.middleware import add_cors, errors, origins
from backend.http.reply import json_reply
from backend.wire.ollama import VersionResponse

if TYPE_CHECKING:
    from collections.abc import Iterable


def make_app(families: Iterable[list[web.RouteDef]], allowed_origins: Iterable[str]) -> web.Application:
    """The application with the routes of `families` and the liveness routes."""
    app = web.Application(middlewares=[origins(allowed_origins), errors], client_max_size=0)
    app.on_response_prepare.append(add_cors)
    app.router.add_get("/", _alive)
    app.router.add_get("/api/version", _version)
    for routes in families:
        app.router.add_routes(routes)
    return app


async def _alive(request: web.Request) -> web.Response:
    return web.Response(text="Ollama is running")  # clients look for exactly this


async def _version(request: web.Request) -> web.Response:
    return json_reply(VersionResponse(version=__version__))
