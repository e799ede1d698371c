"""Where a backend is: a host and a port, or a unix socket."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from backend.errors import SettingsError

DEFAULT_PORT = 11434
_HOST = re.compile(r"[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]+")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the backend listens and where clients look for it. With the scheme `unix`, `host` is a socket's path."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    scheme: str = "http"

    @property
    def url(self) -> str:
        if self.scheme == "unix":
            return f"unix:{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"  # any other name may lead anywhere

    @property
    def is_here(self) -> bool:
        """Whether a client finds it on this machine: loopback, or every address, which a backend alone can mean."""
        return self.is_loopback or self.host in ("0.0.0.0", "::")  # noqa: S104 # to be recognised


def parse_address(text: str) -> Address:
    """As Ollama reads `OLLAMA_HOST` (the specification's section J): what cannot be understood is the default."""
    scheme, _, rest = text.rpartition("://")
    if rest.count(":") > 1 and not rest.startswith("["):  # an IPv6 address alone
        rest = f"[{rest}]"
    parts = urlsplit(f"//{rest}")
    default = {"http": 80, "https": 443}.get(scheme, DEFAULT_PORT)
    try:
        port = default if parts.port is None else parts.port
    except ValueError:
        port = default
    return Address(host=parts.hostname or "127.0.0.1", port=port, scheme=scheme or "http")


def parse_host(text: str) -> Address:
    """Where a user says that a backend is: a URL, `HOST`, `HOST:PORT` or `unix:PATH`. Raises `SettingsError`."""
    if text.startswith("unix:"):
        path = text.removeprefix("unix:").removeprefix("//")
        if not path:
            raise SettingsError("unix: needs the path of a socket, such as unix:/run/user/1000/puna/api.sock")
        return Address(host=str(Path(path).expanduser().absolute()), port=0, scheme="unix")
    scheme, separator, rest = text.rpartition("://")
    if separator and scheme not in ("http", "https"):
        raise SettingsError(f"{scheme}:// is not understood; write http://, https:// or unix:PATH")
    if not rest or not rest.isprintable() or any(sign in rest for sign in " @?#"):
        raise SettingsError(f"{text!r} is no address; write a URL, HOST:PORT or unix:PATH")
    try:
        _ = urlsplit(f"//{rest}").port if rest.count(":") == 1 else None
    except ValueError as error:
        raise SettingsError(f"{text!r} has no valid port: {error}") from error
    return parse_address(text)


def parse_hosts(text: str) -> tuple[str, ...]:
    """Names of hosts with commas between them, in lower case. Raises `ValueError`."""
    hosts = tuple(host.strip().lower() for host in text.split(",") if host.strip())
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ValueError(f"{host!r} is no name of a host; write names alone, such as box-a.example")
    return hosts
