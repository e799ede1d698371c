"""The client's side of `/puna/v1/keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from backend.wire.keys import CreatedKey, KeyList, KeyView, NewKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend.calls import Calls
    from backend.keys import Scope


class KeyClient:
    """The keys of the backend that is called. Errors are those of `Calls`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def list(self) -> list[KeyView]:
        """All keys."""
        return (await self._calls.call("GET", "/puna/v1/keys", KeyList)).keys

    async def create(self, name: str, scopes: Iterable[Scope]) -> CreatedKey:
        """A new key; its text is told this once."""
        return await self._calls.call("POST", "/puna/v1/keys", CreatedKey, NewKey(name=name, scopes=list(scopes)))

    async def revoke(self, name: str) -> None:
        """Close what the key opened."""
        await self._calls.tell("DELETE", f"/puna/v1/keys/{quote(name, safe='')}")
