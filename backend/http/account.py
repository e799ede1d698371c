"""What ollama.com's account and cloud routes answer where there is neither (the specification's section A.1)."""

from __future__ import annotations

from aiohttp import web

from backend.errors import BackendError, Forbidden
from backend.http.reply import json_reply
from backend.wire.account import Cloud, RecommendationsResponse, StatusResponse


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/status", _status, allow_head=False),
        web.post("/api/me", _me),
        web.post("/api/signout", _sign_out),
        web.delete("/api/user/keys/{key}", _sign_out),
        web.post("/api/experimental/web_search", _web_search),
        web.post("/api/experimental/web_fetch", _web_fetch),
        web.get("/api/experimental/model-recommendations", _recommendations, allow_head=False),
    ]


async def _status(request: web.Request) -> web.Response:
    return json_reply(StatusResponse(cloud=Cloud(disabled=True, source="config")))


async def _me(request: web.Request) -> web.Response:
    raise BackendError("account unavailable", status=503)


async def _sign_out(request: web.Request) -> web.Response:
    raise BackendError("you are not currently signed in", status=401)


async def _web_search(request: web.Request) -> web.Response:
    raise Forbidden("ollama cloud is disabled: web search is unavailable")


async def _web_fetch(request: web.Request) -> web.Response:
    raise Forbidden("ollama cloud is disabled: web fetch is unavailable")


async def _recommendations(request: web.Request) -> web.Response:
    return json_reply(RecommendationsResponse(recommendations=[]))
