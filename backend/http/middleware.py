"""Errors of every request to their wire form."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiohttp import web

from backend.errors import BackendError, Unauthorized
from backend.http.anthropic import errors as anthropic
from backend.http.openai import errors as openai
from backend.http.reply import STREAM, error_reply

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_log = logging.getLogger(__name__)
_DEFECT = BackendError("the backend failed; its log says why")
# Of paths that begin so, the first that fits; all others are native.
_SHAPES = (("/v1/messages", anthropic.error_reply), ("/v1/", openai.error_reply))


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The error shape of each family. A defect is logged and answered with an empty 500, as Ollama's server does.

    An error after the first piece of a stream is the stream's last piece.
    """
    try:
        try:
            return await handler(request)
        except web.HTTPException as error:
            return await _not_served(request, error)
        except BackendError as error:
            return await _failed(request, error, _refusal(request, error))
        except ConnectionResetError:
            raise
        except Exception:  # noqa: BLE001 # the boundary of a request: one must not end the rest
            _log.exception("%s %s failed", request.method, request.path)
            return await _failed(request, _DEFECT, web.Response(status=500))
    except ConnectionResetError:
        return web.Response(status=499)  # the client is gone, and nobody reads this


def _refusal(request: web.Request, error: BackendError) -> web.Response:
    """The error in the shape of the path's family (the specification's sections 0 and B)."""
    reply = next((shape for start, shape in _SHAPES if request.path.startswith(start)), error_reply)(error)
    if isinstance(error, Unauthorized):
        reply.headers["WWW-Authenticate"] = "Bearer"
    return reply


async def _failed(request: web.Request, error: BackendError, reply: web.Response) -> web.StreamResponse:
    """`reply`, or the stream that has begun, ended with `error`."""
    stream = request.get(STREAM)
    return reply if stream is None else await stream.fail(error)


async def _not_served(request: web.Request, error: web.HTTPException) -> web.Response:
    """The answer to a request that no route takes."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        allow = {"Allow": ",".join(sorted(error.allowed_methods))}
        return web.Response(status=405, text="405 method not allowed", headers=allow)
    if not isinstance(error, web.HTTPNotFound):
        return _refusal(request, BackendError(error.reason, status=error.status))
    bare = request.path.rstrip("/")
    if bare != request.path and await _is_route(request, bare):
        location = request.rel_url.with_path(bare, keep_query=True)
        return web.Response(status=301 if request.method == "GET" else 307, headers={"Location": str(location)})
    return web.Response(status=404, text="404 page not found")


async def _is_route(request: web.Request, path: str) -> bool:
    """Whether `path` is served, so that a redirect can only lead to this server."""
    found = await request.app.router.resolve(request.clone(rel_url=path)) if path.startswith("/") else None
    return found is not None and not isinstance(found.http_exception, web.HTTPNotFound)
