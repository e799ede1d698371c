"""API keys: who may use this backend over the network, and for what (the trust document's section 3).

A key is 256 random bits, shown once when it is made. The file holds names, scopes and SHA-256 sums: what has that many
bits needs no slow hash. The file is the truth; a backend that runs heeds every change of it at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import re
import secrets
import stat
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from backend.errors import BadRequest, NotFound, StoreError
from backend.files import make_private_folders, open_regular, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FILE_NAME: Final = "keys.json"
MOST: Final = 256
_PREFIX = "puna_"  # by which scanners for leaked secrets can tell one
_BYTES = 32
_PRESENTED_LIMIT = 512
_SIZE_LIMIT = 256 << 10
_LOCK_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,39}", re.ASCII)


class Scope(StrEnum):
    """What a key opens. `admin` opens everything."""

    READ = "read"
    INFER = "infer"
    ADMIN = "admin"


class Key(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key as it is kept: `hash` is the SHA-256 of its text in hexadecimal digits, `created` is in UTC."""

    name: str
    scopes: tuple[Scope, ...]
    created: datetime
    hash: str

    def opens(self, scope: Scope) -> bool:
        """Whether the key is good for the scope."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


class Keyring:
    """The keys of one backend, in its state folder. Every method raises `StoreError` if the file cannot be used."""

    def __init__(self, state: Path) -> None:
        self._path = state / FILE_NAME
        self._known: tuple[tuple[int, ...], tuple[Key, ...]] = ((), ())  # of which state of the file, and what it held

    def list(self) -> tuple[Key, ...]:
        """All keys, in the order in which they were made."""
        try:
            state = self._path.lstat()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StoreError(f"the keys cannot be read: {error.strerror}") from error
        seen = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        known = self._known
        if seen != known[0]:
            self._known = known = (seen, self._read())
        return known[1]

    def find(self, presented: str) -> Key | None:
        """The key whose text somebody shows. Takes as long for a wrong one as for a right one."""
        shown = presented[:_PRESENTED_LIMIT].encode("utf-8", "replace")
        digest = hashlib.sha256(shown).hexdigest()
        found = None
        for key in self.list():
            if hmac.compare_digest(key.hash, digest):
                found = key
        return found

    def create(self, name: str, scopes: Iterable[Scope]) -> tuple[Key, str]:
        """A new key and its text, which nobody can tell a second time. Raises `BadRequest`."""
        if not _NAME.fullmatch(name):
            raise BadRequest(f"{name!r} is no name of a key; use up to 40 letters, digits, hyphens and dots")
        text = _PREFIX + secrets.token_urlsafe(_BYTES)
        given = set(scopes)
        wanted = tuple(scope for scope in Scope if scope in given)
        if not wanted:
            raise BadRequest(f"a key needs a scope: {', '.join(Scope)}")
        now = datetime.now(UTC).replace(microsecond=0)
        key = Key(name=name, scopes=wanted, created=now, hash=hashlib.sha256(text.encode()).hexdigest())
        with self._changing():
            keys = self.list()
            if any(kept.name == name for kept in keys):
                raise BadRequest(f"there is a key {name!r} already; revoke it first, or choose another name")
            if len(keys) >= MOST:
                raise BadRequest(f"there are {MOST} keys; revoke one first")
            self._write((*keys, key))
        return key, text

    def revoke(self, name: str) -> None:
        """Forget a key: it opens nothing from now on. Raises `NotFound`."""
        with self._changing():
            keys = self.list()
            kept = tuple(key for key in keys if key.name != name)
            if len(kept) == len(keys):
                raise NotFound(f"there is no key {name!r}")
            self._write(kept)

    def _read(self) -> tuple[Key, ...]:
        try:
            descriptor = open_regular(self._path)
        except OSError as error:
            raise StoreError(f"the keys cannot be read: {error.strerror}") from error
        with os.fdopen(descriptor, "rb") as file:
            state = os.fstat(file.fileno())
            if stat.S_IMODE(state.st_mode) & 0o077 or state.st_uid != os.geteuid():
                raise StoreError(f"{FILE_NAME} in the state folder is open to others; chmod 600 it, or remove it")
            data = file.read(_SIZE_LIMIT + 1)
        try:
            return msgspec.json.decode(data, type=tuple[Key, ...])
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise StoreError(f"{FILE_NAME} in the state folder is damaged ({error}); restore or remove it") from error

    def _write(self, keys: tuple[Key, ...]) -> None:
        try:
            replace_file(self._path, msgspec.json.format(msgspec.json.encode(keys), indent=1) + b"\n")
        except OSError as error:
            raise StoreError(f"the keys cannot be written: {error.strerror}") from error

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One change at a time, of whatever process."""
        try:
            make_private_folders(self._path.parent)
            lock = os.open(self._path.with_suffix(".lock"), _LOCK_FLAGS, 0o600)
        except OSError as error:
            raise StoreError(f"the keys cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
