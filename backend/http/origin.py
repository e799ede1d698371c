"""Host and Origin rules (the specification's section K): no web page reaches this server by a name of its own."""

from __future__ import annotations

from ipaddress import ip_address
from socket import gethostname
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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


def refused_origin(headers: Mapping[str, str], host: str, extra: Collection[str]) -> bool:
    """Whether a page that may not has made the request. `extra` holds further allowed origins, one `*` in each."""
    origin = headers.get("Origin")
    if origin is None:
        return headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
    return not (is_same(origin, host) or _allowed(origin, extra))


def is_same(origin: str, host: str) -> bool:
    """Whether the origin is the server that the request was sent to."""
    return origin in {f"http://{host}", f"https://{host}"}


def known_host(header: str, extra: Collection[str]) -> bool:
    """Whether a Host header names this machine. `extra` holds further names, in lower case.

    Narrower than Ollama, which also trusts every .local and .internal name: on a foreign network those resolve to
    whatever their owner wants.
    """
    try:
        host = urlsplit(f"//{header}").hostname or ""
    except ValueError:  # a broken IPv6 address
        return False
    try:
        address = ip_address(host)
    except ValueError:
        known = {"", "localhost", gethostname().lower(), *extra}
        return host in known or host.endswith(".localhost")
    return address.is_loopback or address.is_private or address.is_unspecified or host in extra


def cors(origin: str | None) -> dict[str, str]:
    """The headers that tell a browser that the origin may read the answer."""
    return {} if origin is None else {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def preflight() -> dict[str, str]:
    """What a browser asks before it sends what a form could not."""
    return {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": _HEADERS,
        "Access-Control-Max-Age": "43200",
    }


def _allowed(origin: str, extra: Collection[str]) -> bool:
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
