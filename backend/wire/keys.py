"""Bodies of `/puna/v1/keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from backend.keys import Key


class NewKey(Struct, kw_only=True):
    """The key that is wanted. Scopes: `read`, `infer`, `admin`."""

    name: str
    scopes: list[str]


class KeyView(Struct, kw_only=True):
    """A key as it may be told: `created` is an RFC 3339 time."""

    name: str
    scopes: list[str]
    created: str

    @classmethod
    def of(cls, key: Key) -> KeyView:
        """What may be told of a key."""
        return KeyView(name=key.name, scopes=list(key.scopes), created=key.created.isoformat().replace("+00:00", "Z"))


class KeyList(Struct, kw_only=True):
    """All keys, in the order in which they were made."""

    keys: list[KeyView]


class CreatedKey(KeyView, kw_only=True):
    """A new key with its text, which is told this once."""

    key: str
