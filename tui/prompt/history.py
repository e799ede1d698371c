"""What was written in the prompt before: a private file in the state folder that several apps share.

One JSON text a line, the newest last. Writers hold a lock beside the file; whoever reads sees whole lines.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENTRIES = 1000
ENTRY_LIMIT = 16 << 10  # characters; a longer message is not remembered
_FILE_LIMIT = 8 << 20  # bytes that are read of a file that somebody else has let grow
_LOCK_TRIES, _LOCK_WAIT_S = 20, 0.005  # others hold it for the time of one write


class History:
    """`entries` are the newest `ENTRIES`, the oldest first. Without a `path` they are forgotten with the app."""

    def __init__(self, path: Path | None = None) -> None:
        self.enabled = True
        self._path = path
        self._entries: list[str] = []
        self._seen: tuple[int, int] | None = None

    def entries(self) -> list[str]:
        """What this app and others have remembered. What cannot be read is left out."""
        if self._path is not None:
            try:
                status = self._path.stat()
                seen = (status.st_mtime_ns, status.st_size)
                if seen != self._seen:
                    self._entries, self._seen = self._read(self._path), seen
            except OSError:
                pass  # no file yet, or one that is not ours to read: what this app remembers is there all the same
        return self._entries[-ENTRIES:]

    def add(self, text: str) -> None:
        """Remember a message; one that was the last already, or is too long, is not. Raises `OSError`."""
        if not self.enabled or not text.strip() or len(text) > ENTRY_LIMIT:
            return
        entries = self.entries()
        if entries and entries[-1] == text:
            return
        self._entries = [*entries, text][-ENTRIES:]
        if self._path is not None:
            self._write(self._path, text)

    def search(self, wanted: str) -> list[str]:
        """Entries that hold every word of `wanted`, whatever their case; the newest first, each once."""
        words = wanted.lower().split()
        newest = dict.fromkeys(reversed(self.entries()))
        return [entry for entry in newest if all(word in entry.lower() for word in words)]

    def _write(self, path: Path, text: str) -> None:
        with _locked(path):
            entries = self._read(path) if path.exists() else []
            if len(entries) < 2 * ENTRIES:
                descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                with os.fdopen(descriptor, "ab") as file:
                    file.write(_line(text) if _ends_whole(path) else b"\n" + _line(text))
                return
            fresh = path.with_suffix(".new")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_TRUNC | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(_line(entry) for entry in [*entries[-ENTRIES + 1 :], text])
            fresh.replace(path)

    @staticmethod
    def _read(path: Path) -> list[str]:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _FILE_LIMIT))
            lines = file.read(_FILE_LIMIT).split(b"\n")
        return [entry for line in lines if (entry := _entry(line))]


def _ends_whole(path: Path) -> bool:
    """Whether the file's last line is ended: a full disk may have cut it."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read(1) in (b"", b"\n")


def _line(text: str) -> bytes:
    return json.dumps(text).encode() + b"\n"


def _entry(line: bytes) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    return entry if isinstance(entry, str) and len(entry) <= ENTRY_LIMIT else ""


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for left in reversed(range(_LOCK_TRIES)):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if left == 0:
                    raise
                time.sleep(_LOCK_WAIT_S)
        yield
    finally:
        os.close(descriptor)
