"""Saved backends: `connections.toml` in the user's configuration folder, for its owner alone.

    [box-a]
    host = "https://box-a.example:11434"
    key_file = "~/.config/puna/box-a.key"

A host is a URL, `HOST:PORT` or `unix:PATH` (a socket that SSH forwards). The key itself is never in this file.
"""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from backend.address import parse_host
from backend.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend.settings import Settings

FILE_NAME: Final = "connections.toml"
_SIZE_LIMIT = 256 << 10
_MOST = 200
_NAME = re.compile(r"[\w.-]{1,40}")


class ConnectionsError(SettingsError):
    """The file of saved connections, or one that is to be saved, cannot be used; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A backend that has a name. `key_file` is empty if it wants no key. Made by `parse`."""

    name: str
    host: str
    key_file: str = ""

    def settings(self, of: Settings) -> Settings:
        """The settings with which that backend is reached."""
        key_file = Path(self.key_file).expanduser().absolute() if self.key_file else Path()
        return replace(of.at(parse_host(self.host)), key="", key_file=key_file)


def parse(name: str, host: str, key_file: str = "") -> Saved:
    """A connection as a user wrote it. Raises `ConnectionsError`."""
    if not _NAME.fullmatch(name):
        raise ConnectionsError(f"{name!r} is no name; use up to 40 letters, digits, hyphens and dots")
    if not key_file.isprintable():
        raise ConnectionsError("the path of the key file has unprintable characters")
    try:
        parse_host(host)
    except SettingsError as error:
        raise ConnectionsError(f"{name}: {error}") from error
    return Saved(name, host, key_file)


class Connections:
    """The saved ones. `folder` is the configuration folder; an empty path is none, and nothing is kept then."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME if folder.name else None

    def read(self) -> list[Saved]:
        """All of them by name. Raises `ConnectionsError` naming the file and what is wrong in it."""
        if self._path is None:
            return []
        try:
            if self._path.stat().st_size > _SIZE_LIMIT:
                raise ConnectionsError(f"{self._path}: larger than {_SIZE_LIMIT} bytes")
            table = tomllib.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise ConnectionsError(f"{self._path}: cannot be read: {error}") from error
        try:
            return sorted((_entry(name, value) for name, value in table.items()), key=lambda saved: saved.name)
        except ConnectionsError as error:
            raise ConnectionsError(f"{self._path}: {error}") from error

    def put(self, saved: Saved) -> None:
        """Keep a connection, in place of one of the same name. Raises `ConnectionsError`."""
        entries = {entry.name: entry for entry in self.read()} | {saved.name: saved}
        if len(entries) > _MOST:
            raise ConnectionsError(f"there are {_MOST} connections; remove one first")
        self._write(entries.values())

    def remove(self, name: str) -> None:
        """Forget a connection. Raises `ConnectionsError`."""
        self._write([entry for entry in self.read() if entry.name != name])

    def find(self, name: str) -> Saved | None:
        """The connection of that name. Raises `ConnectionsError`."""
        return next((entry for entry in self.read() if entry.name == name), None)

    def _write(self, entries: Iterable[Saved]) -> None:
        import tomli_w

        if self._path is None:
            raise ConnectionsError("there is no configuration folder to keep connections in")
        table = {
            entry.name: {"host": entry.host} | ({"key_file": entry.key_file} if entry.key_file else {})
            for entry in entries
        }
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{FILE_NAME}-")  # of mode 0600
            try:
                with os.fdopen(descriptor, "wb") as file:
                    tomli_w.dump(table, file)
                os.replace(name, self._path)
            except OSError:
                os.unlink(name)
                raise
        except OSError as error:
            raise ConnectionsError(f"{self._path}: cannot be written: {error.strerror}") from error


def _entry(name: str, value: object) -> Saved:
    if not isinstance(value, dict) or not isinstance(host := value.get("host"), str):
        raise ConnectionsError(f'[{name}] needs host = "…"')
    if unknown := sorted(value.keys() - {"host", "key_file"}):
        raise ConnectionsError(f"[{name}] has the unknown key {unknown[0]!r}; there are host and key_file")
    key_file = value.get("key_file", "")
    if not isinstance(key_file, str):
        raise ConnectionsError(f"[{name}] key_file is a path between quotes")
    return parse(name, host, key_file)
