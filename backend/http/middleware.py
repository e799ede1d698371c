"""What every request passes: errors to their wire form, and who may ask from where."""

from __future__ import annotations

import logging
from ipaddress import ip_address
from socket import gethostname
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from backend.errors import BackendError
from backend.http.anthropic import errors as anthropic
from backend.http.openai import errors as openai
from backend.http.reply import STREAM, error_reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp.typedefs import Handler, Middleware

_log = logging.getLogger(__name__)
_CORS = web.RequestKey("cors", dict[str, str])
_DEFECT = BackendError("the backend failed; its log says why")
# Of paths that begin so, the first that fits; all others are native.
_SHAPES = (("/v1/messages", anthropic.error_reply), ("/v1/", openai.error_reply))
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "0.0.0.0")  # noqa: S104 # a name in a header, not a bind
_APP_SCHEMES = ("app", "file", "tauri", "vscode-webview", "vscode-file")
_METHODS = "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"
_STAINLESS = (
    "arch", "async", "custom-poll-interval", "helper-method", "lang", "os", "package-version", "poll-helper",
    "retry-count", "runtime", "runtime-version", "timeout",
)  # fmt: skip
_HEADERS = ", ".join(
    (
        *("Authorization", "Content-Type", "User-Agent", "Accept", "X-Requested-With", "OpenAI-Beta"),
        *(f"x-stainless-{name}" for name in _STAINLESS),
    )
)


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
    return next((shape for start, shape in _SHAPES if request.path.startswith(start)), error_reply)(error)


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


def origins(extra: Iterable[str]) -> Middleware:
    """Host and Origin rules (the specification's section K): no web page reaches this server by a name of its own.

    `extra` holds further allowed origins, with at most one `*` each.
    """
    allowed = tuple(extra)

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is None and request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
            return web.Response(status=403)
        if origin is not None and not (_same(origin, request.host) or _allowed(origin, allowed)):
            return web.Response(status=403)
        if not _known_host(request.host):  # on the unix socket too: `ssh -L` can put a browser before it
            return web.Response(status=403)
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=_cors(origin) | _preflight())
        if origin is not None and not _same(origin, request.host):
            request[_CORS] = _cors(origin)
        return await handler(request)

    return check


async def add_cors(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: the answer to an allowed foreign origin names it."""
    response.headers.update(request.get(_CORS, {}))


def _same(origin: str, host: str) -> bool:
    return origin in {f"http://{host}", f"https://{host}"}


def _allowed(origin: str, extra: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:  # a broken IPv6 address
        return False
    if parts.scheme in _APP_SCHEMES or (parts.scheme in {"http", "https"} and parts.hostname in _LOCAL_HOSTS):
        return True
    return any(_matches(origin, pattern) for pattern in extra)


def _matches(origin: str, pattern: str) -> bool:
    before, star, after = pattern.partition("*")
    if not star:
        return origin == pattern
    return len(origin) >= len(before) + len(after) and origin.startswith(before) and origin.endswith(after)


def _known_host(header: str) -> bool:
    try:
        host = urlsplit(f"//{header}").hostname or ""
    except ValueError:  # a broken IPv6 address
        return False
    try:
        address = ip_address(host)
    except ValueError:
        # Narrower than Ollama, which also trusts every .local and .internal name: on a foreign network those resolve
        # to whatever their owner wants.
        return host in {"", "localhost", gethostname().lower()} or host.endswith(".localhost")
    return address.is_loopback or address.is_private or address.is_unspecified


def _cors(origin: str | None) -> dict[str, str]:
    return {} if origin is None else {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _preflight() -> dict[str, str]:
    return {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": _HEADERS,
        "Access-Control-Max-Age": "43200",
    }
