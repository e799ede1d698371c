"""Who may come in: every request passes here, and what is not allowed is refused before its body is read."""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from aiohttp import web

from backend.errors import BackendError, Forbidden, StoreError, Unauthorized
from backend.http.origin import cors, is_same, known_host, preflight, refused_origin
from backend.http.scopes import Need, need_of

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from backend.keys import Key, Keyring

_log = logging.getLogger(__name__)
_CORS = web.RequestKey("cors", dict[str, str])
KEY_NAME = web.RequestKey("key_name", str)
_HOW = "give it as `Authorization: Bearer KEY` (puna: --key-file FILE or PUNA_KEY)"


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may come in.

    `require_key` is for TCP: the unix socket is its owner's by the file system. `origins` are further pages that may
    ask, with at most one `*` each, `hosts` further names of this machine, in lower case.
    """

    keyring: Keyring
    require_key: bool = False
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


def gate(rules: Rules) -> Middleware:
    """The middleware that refuses by `rules`: hosts, origins, keys and their scopes."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin, host = request.headers.get("Origin"), request.headers.get("Host", "")
        if len(request.headers.getall("Host", ())) > 1 or refused_origin(request.headers, host, rules.origins):
            return web.Response(status=403)
        if not known_host(host, (*rules.hosts, _own_address(request))):  # on the unix socket too: `ssh -L` leads there
            return _unknown_host(rules)
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=cors(origin) | preflight())
        if origin is not None and not is_same(origin, host):
            request[_CORS] = cors(origin)
        _admit(request, rules)
        return await handler(request)

    return check


async def add_cors(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: the answer to an allowed foreign origin names it."""
    response.headers.update(request.get(_CORS, {}))


def _unknown_host(rules: Rules) -> web.Response:
    """The body is empty as Ollama's; where keys are wanted, who asks is no mere browser and is told what to do."""
    if not rules.require_key:
        return web.Response(status=403)
    raise Forbidden("this backend is not known by the name that was asked for; its owner can add it to PUNA_HOSTS")


def _admit(request: web.Request, rules: Rules) -> None:
    """Raises `Unauthorized` or `Forbidden` unless the request may go on. A path that is no route wants any key."""
    missing = isinstance(request.match_info.http_exception, web.HTTPException)
    need = None if missing else need_of(request.match_info.route)
    if need is None and not missing:
        _log.error("%s is closed: it is in no scope", request.match_info.route)
        raise Forbidden("this route is closed")
    if need is Need.OPEN or _is_unix(request) or not (rules.require_key or need is Need.OWNER):
        return
    key = _key(request, rules.keyring)
    request[KEY_NAME] = key.name
    if need is not None and not key.opens(need.scope):
        raise Forbidden(
            f"the key {key.name!r} has not the scope {need.scope}; "
            f"`puna keys create NAME --scope {need.scope}` makes one that has"
        )


def _key(request: web.Request, keyring: Keyring) -> Key:
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    presented = shown.strip() if kind.lower() == "bearer" else request.headers.get("X-Api-Key", "")
    if not presented:
        raise Unauthorized(f"this backend wants a key: {_HOW}; `puna keys create NAME` on its machine makes one")
    try:
        key = keyring.find(presented)
    except StoreError as error:
        _log.error("%s", error)
        raise BackendError("the backend cannot read its keys; its log says why", status=503) from None
    if key is None:
        raise Unauthorized(f"the key is wrong or revoked: {_HOW}; `puna keys list` on this machine names all")
    return key


def _is_unix(request: web.Request) -> bool:
    sock = request.get_extra_info("socket")
    return sock is not None and sock.family == socket.AF_UNIX


def _own_address(request: web.Request) -> str:
    """The address of this machine at which the request came in: no page can make a browser lie about that."""
    name = request.get_extra_info("sockname")
    if not isinstance(name, tuple):
        return ""
    address = ip_address(name[0].partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
