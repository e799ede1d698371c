"""Bearer tokens of registries (the specification's section E.1)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from yarl import URL

from backend.errors import RegistryError

_PARAMETER = re.compile(r'\s*([A-Za-z0-9_-]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|\Z)')
_LONGEST = 4096  # characters of a challenge
_EMPTY = base64.b64encode(hashlib.sha256(b"").hexdigest().encode()).decode()


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a `401` asks for. `realm` is the address of the token."""

    realm: URL
    service: str
    scopes: tuple[str, ...]

    @classmethod
    def parse(cls, header: str, origin: URL) -> Challenge:
        """Reads `WWW-Authenticate: Bearer realm="…",service="…",scope="…"` of a registry at `origin`.

        Raises `RegistryError` for anything else, and for a realm elsewhere: the signature would go there.
        """
        scheme, _, text = header.strip().partition(" ")
        if scheme.lower() != "bearer" or len(header) > _LONGEST:
            raise RegistryError("unauthorized: access denied", code=401)
        values: dict[str, str] = {}
        position = 0
        while position < len(text):
            match = _PARAMETER.match(text, position)
            if match is None:
                raise RegistryError("the registry asks for a login in a form that cannot be read", code=401)
            quoted = re.sub(r"\\(.)", r"\1", match[2] or "")
            values.setdefault(match[1].lower(), match[3] or quoted)
            position = match.end()
        try:
            realm = URL(values.get("realm", ""), encoded=True)
            host = realm.authority
        except ValueError:
            raise RegistryError("the registry names no valid address for its login", code=401) from None
        if not realm.absolute or realm.scheme not in {"http", "https"} or realm.origin() != origin:
            raise RegistryError(f'realm host "{host}" does not match original host "{origin.authority}"', code=401)
        return cls(realm, values.get("service", ""), tuple(values.get("scope", "").split()))

    def address(self, now: float, nonce: str) -> URL:
        """The token's address, with its query as Go writes it: sorted by key."""
        query = [
            *parse_qsl(self.realm.raw_query_string, keep_blank_values=True),
            ("service", self.service),
            *(("scope", scope) for scope in self.scopes),
            ("ts", str(int(now))),
            ("nonce", nonce),
        ]
        bare = f"{self.realm.origin()}{self.realm.raw_path}"
        return URL(f"{bare}?{urlencode(sorted(query, key=lambda pair: pair[0]))}", encoded=True)


def token_address(challenge: Challenge) -> URL:
    """The token's address now, with 16 random bytes in it."""
    return challenge.address(time.time(), base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode())


def signed_text(address: URL) -> bytes:
    """What is signed to get the token: method, address, and the hash of the empty body."""
    return f"GET,{address},{_EMPTY}".encode()
