"""Where a registry may lead: no redirect reaches this machine's own network (threats.md, "SSRF")."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

from backend.address import Address

if TYPE_CHECKING:
    from aiohttp.typedefs import StrOrURL
    from yarl import URL

_NAT64 = IPv6Network("64:ff9b::/96")


class AddressRefused(OSError):
    """A connection that a redirect asked for and that nobody typed."""


class AddressGuard:
    """Decides on each connection of one registry, by the address that is really connected.

    The first connection goes to what the user typed: if that is a private address, all may be.
    """

    def __init__(self) -> None:
        self._private_allowed: bool | None = None

    def leave(self) -> None:
        """What follows was not typed by the user; if no connection told where the registry is, it counts as public."""
        if self._private_allowed is None:
            self._private_allowed = False

    def check(self, host: str) -> None:
        """Refuse `host`, literally an address, where a proxy would do the connecting. Raises `AddressRefused`."""
        if not self._private_allowed and is_private(host):
            raise AddressRefused(f"it leads to the private address {host}")

    def socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """aiohttp's socket factory. Raises `AddressRefused`."""
        family, kind, protocol, _, address = info
        private = is_private(str(address[0]))
        if self._private_allowed is None:
            self._private_allowed = private
        elif private and not self._private_allowed:
            raise AddressRefused(f"it leads to the private address {address[0]}")
        return socket.socket(family, kind, protocol)


def is_private(host: str) -> bool:
    """Whether `host` is literally an address that is not of the public internet; false for names."""
    try:
        address: IPv4Address | IPv6Address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        embedded = IPv4Address(address.packed[-4:]) if address in _NAT64 else address.ipv4_mapped or address.sixtofour
        address = embedded or address
    return not address.is_global or address.is_multicast


def proxy_for(url: URL) -> StrOrURL | None:
    """The proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY: variables that belong to every program of the machine.

    None for this machine itself, as in Go.
    """
    if Address(url.host or "").is_loopback:
        return None
    proxy = getproxies().get(url.scheme)
    return proxy if proxy and not proxy_bypass(f"{url.host}:{url.port}") else None
