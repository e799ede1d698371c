"""The `remote_host` field of a create request (the specification's section F.3)."""

from __future__ import annotations

from urllib.parse import urlsplit

from backend.errors import BadRequest

_PORTS = {"http": 80, "https": 443}
_DEFAULT_PORT = 11434  # where no scheme says otherwise


def remote_url(text: str) -> str:
    """The address with its scheme and port, such as `https://example.com:443`. Raises `BadRequest("bad remote")`."""
    scheme, separator, rest = text.strip().partition("://")
    address = f"{scheme}://{rest}" if separator else f"http://{text.strip()}"
    try:
        parts = urlsplit(address)
        port = parts.port or (_PORTS[parts.scheme] if separator else _DEFAULT_PORT)
        known = parts.scheme in _PORTS and "@" not in parts.netloc
        host = parts.hostname
    except (ValueError, KeyError):
        raise BadRequest("bad remote") from None
    if not host or not known or parts.query or parts.fragment or any(character.isspace() for character in address):
        raise BadRequest("bad remote")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}:{port}{parts.path.rstrip('/')}"
