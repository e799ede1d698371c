"""A blob on its way: the files `-partial` and `-partial-<n>` as Ollama writes them (the specification's section D).

Either program resumes what the other began.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from backend.errors import DigestMismatch, StoreError
from backend.files import disk_errors, make_private_folders, open_new, read_bounded, sync_folder, write_all

if TYPE_CHECKING:
    import hashlib
    import threading
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import TracebackType

    from backend.store.digest import Digest

_PART_LIMIT = 4096  # bytes of a part's file
_READ = 1 << 18
_BUFFERS = 512  # in one write; POSIX allows 1024 on Linux


class _Document(msgspec.Struct):
    """A part's file; the names are those of Ollama's Go structure."""

    number: int = msgspec.field(name="N")
    offset: int = msgspec.field(name="Offset")
    size: int = msgspec.field(name="Size")
    completed: int = msgspec.field(name="Completed")


@dataclass(slots=True)
class Part:
    """Bytes `offset` to `offset + size` of the blob, of which the first `completed` are in the file."""

    number: int
    offset: int
    size: int
    completed: int = 0

    @property
    def missing(self) -> int:
        return self.size - self.completed


class Partial:
    """A blob of `total` bytes that is being downloaded; a context manager that holds the file open.

    One downloader at a time: see `lock`. `parts` cover the blob without gaps, in order. Every method may raise
    `StoreError`, with status 507 when the disk is full.
    """

    def __init__(self, folder: Path, digest: Digest, total: int, lock: threading.Lock) -> None:
        """Made by `Blobs.partial`; `lock` keeps a prune away while the blob appears."""
        self.digest = digest
        self.total = total
        self.parts: list[Part] = []
        self._folder = folder
        self._lock = lock
        self._path = folder / f"{digest.filename}-partial"
        self._descriptor = -1

    def __enter__(self) -> Partial:
        with disk_errors("write a download"):
            make_private_folders(self._folder)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            self._descriptor = os.open(self._path, flags, 0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def lock(self) -> bool:
        """Whether this object may download: false if another one or another process does, or has just finished."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self._descriptor), os.lstat(self._path))
        return False

    def load(self) -> bool:
        """Reads the parts that an earlier download left; false, and no parts, if they are no use."""
        self.parts = self._left_over()
        with disk_errors("look at a download"):
            length = os.fstat(self._descriptor).st_size
        end = 0
        for part in self.parts:
            if part.offset != end or part.size <= 0 or not 0 <= part.completed <= part.size:
                break
            end += part.size
        if end != self.total or length != self.total:  # a gap, a lie, or the bytes themselves are gone
            self.parts = []
        return bool(self.parts)

    def start(self, sizes: Iterable[int]) -> None:
        """Begins anew, with parts of these sizes."""
        self._remove_parts()
        self.parts = []
        offset = 0
        for number, size in enumerate(sizes):
            self.parts.append(Part(number, offset, size))
            offset += size
        with disk_errors("write a download"):
            os.ftruncate(self._descriptor, 0)
            os.ftruncate(self._descriptor, self.total)
        self.save(self.parts)

    def write(self, part: Part, data: Sequence[bytes]) -> None:
        """The part's next bytes. They count as durable only after `save`."""
        offset = part.offset + part.completed
        with disk_errors("write a download"):
            for first in range(0, len(data), _BUFFERS):
                buffers = data[first : first + _BUFFERS]
                size = sum(map(len, buffers))
                written = os.pwritev(self._descriptor, buffers, offset)
                if written < size:  # a full disk says so when the rest is written
                    rest = memoryview(b"".join(buffers))
                    while written < size:
                        written += os.pwrite(self._descriptor, rest[written:], offset + written)
                offset += size
                part.completed += size

    def save(self, parts: Sequence[Part]) -> None:
        """Notes durably how far these parts are; their bytes are durable first."""
        documents = [_Document(part.number, part.offset, part.size, part.completed) for part in parts]
        with disk_errors("write a download"):
            if any(document.completed for document in documents):
                os.fdatasync(self._descriptor)
            for document in documents:
                self._write_document(document)

    def _write_document(self, document: _Document) -> None:
        temporary = self._folder / f"sha256-{secrets.token_hex(8)}"  # any store's prune knows such names
        descriptor = open_new(temporary)
        try:
            try:
                write_all(descriptor, msgspec.json.encode(document))
            finally:
                os.close(descriptor)
            temporary.rename(self._part_path(document.number))
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    def update(self, digest: hashlib._Hash, begin: int, end: int) -> None:
        """Feeds bytes `begin` to `end` to the hash."""
        buffer = memoryview(bytearray(min(_READ, end - begin)))
        with disk_errors("read a download"):
            while begin < end:
                read = os.preadv(self._descriptor, [buffer[: end - begin]], begin)
                if not read:
                    raise StoreError("a download became shorter while it was checked")
                digest.update(buffer[:read])
                begin += read

    def commit(self, digest: Digest) -> None:
        """Makes the complete download the blob; `digest` is what its bytes hash to.

        Raises `DigestMismatch` and removes everything if that is not the blob's own.
        """
        if digest != self.digest:
            self.discard()
            raise DigestMismatch(
                f"digest mismatch, file must be downloaded again: want {self.digest}, got {digest}", status=500
            )
        with disk_errors("write a blob"):
            os.fsync(self._descriptor)
            with self._lock:
                self._path.rename(self._folder / self.digest.filename)
            sync_folder(self._folder)
        self._remove_parts()

    def discard(self) -> None:
        """Removes the download."""
        with disk_errors("remove a download"):
            self._path.unlink(missing_ok=True)
        self._remove_parts()

    @property
    def noted(self) -> int:
        """Bytes that an earlier download says it has left; the file need not be open."""
        return min(self.total, sum(max(0, part.completed) for part in self._left_over()))

    @property
    def completed(self) -> int:
        """Bytes that have arrived."""
        return sum(part.completed for part in self.parts)

    @property
    def contiguous(self) -> int:
        """Bytes that have arrived from the beginning without a gap."""
        for part in self.parts:
            if part.missing:
                return part.offset + part.completed
        return self.total

    def _left_over(self) -> list[Part]:
        parts = []
        for number in self._numbers():
            with suppress(OSError, StoreError, msgspec.DecodeError):
                document = msgspec.json.decode(read_bounded(self._part_path(number), _PART_LIMIT), type=_Document)
                parts.append(Part(number, document.offset, document.size, document.completed))
        return sorted(parts, key=lambda part: part.offset)

    def _numbers(self) -> Sequence[int]:
        name = re.compile(re.escape(self._path.name) + r"-(\d{1,6})", re.ASCII)
        with disk_errors("look at a download"):
            return [int(match[1]) for entry in os.listdir(self._folder) if (match := name.fullmatch(entry))]

    def _part_path(self, number: int) -> Path:
        return self._folder / f"{self._path.name}-{number}"

    def _remove_parts(self) -> None:
        with disk_errors("remove a download"):
            for number in self._numbers():
                self._part_path(number).unlink(missing_ok=True)
