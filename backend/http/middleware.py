"""What every request passes: errors to their wire form, and who may ask from where."""

from __future__ import annotations

import logging
from ipaddress import ip_address
from socket import gethostname
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from backend.errors import BackendError
from backend.http.reply import error_reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp.typedefs import Handler, Middleware

_log = logging.getLogger(__name__)
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "0.0.0.0")  # noqa: S104 # a name in a header, not a bind
_APP_SCHEMES = ("app", "file", "tauri", "vscode-webview", "vscode-file")
_METHODS = "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"
_HEADERS = "Authorization, Content-Type, User-Agent, Accept, X-Requested-With, OpenAI-Beta"


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Ollama's error shapes. A defect is logged and answered with an empty 500, as its server does."""
    try:
        return await handler(request)
    except BackendError as error:
        return error_reply(error)
    except web.HTTPNotFound:
        if request.path != "/" and request.path.endswith("/"):
            location = request.path.rstrip("/")
            return web.Response(status=301 if request.method == "GET" else 307, headers={"Location": location})
        return web.Response(status=404, text="404 page not found")
    except web.HTTPMethodNotAllowed as error:
        allow = {"Allow": ",".join(sorted(error.allowed_methods))}
        return web.Response(status=405, text="405 method not allowed", headers=allow)
    except web.HTTPException as error:
        return error_reply(BackendError(error.reason, status=error.status))
    except Exception:  # noqa: BLE001 # the boundary of a request: one must not end the rest
        _log.exception("%s %s failed", request.method, request.path)
        return web.Response(status=500)


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
        if _is_tcp(request) and not _known_host(request.host):
            return web.Response(status=403)
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=_cors(origin) | _preflight())
        if origin is not None and not _same(origin, request.host):
            request["cors"] = _cors(origin)
        return await handler(request)

    return check


async def add_cors(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: the answer to an allowed foreign origin names it."""
    response.headers.update(request.get("cors", {}))


def _same(origin: str, host: str) -> bool:
    return origin in {f"http://{host}", f"https://{host}"}


def _allowed(origin: str, extra: tuple[str, ...]) -> bool:
    parts = urlsplit(origin)
    if parts.scheme in _APP_SCHEMES or (parts.scheme in {"http", "https"} and parts.hostname in _LOCAL_HOSTS):
        return True
    return any(_matches(origin, pattern) for pattern in extra)


def _matches(origin: str, pattern: str) -> bool:
    before, star, after = pattern.partition("*")
    if not star:
        return origin == pattern
    return len(origin) >= len(before) + len(after) and origin.startswith(before) and origin.endswith(after)


def _is_tcp(request: web.Request) -> bool:
    return bool(request.transport and isinstance(request.transport.get_extra_info("sockname"), tuple))


def _known_host(header: str) -> bool:
    host = urlsplit(f"//{header}").hostname or ""
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
