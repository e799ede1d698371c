"""Content-addressed blobs in the folder `blobs` of a store (the specification's section D)."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from backend.errors import DigestMismatch, InvalidDigest, StoreError
from backend.files import (
    disk_errors,
    make_private_folders,
    open_new,
    open_regular,
    read_bounded,
    require_free,
    sync_folder,
    write_all,
)
from backend.store.digest import Digest
from backend.store.partial import Partial

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO


class BlobWriter:
    """A blob being written; a context manager. Leaving it without `commit` removes what was written.

    The bytes go to a temporary file with a short digest for a name, as Ollama's do, so that either program's prune
    clears it up after a crash. Every method raises `StoreError`, with status 507 when the disk is full.
    """

    def __init__(self, folder: Path, lock: threading.Lock) -> None:
        """Made by `Blobs.writer`; `lock` keeps a prune away while the blob appears."""
        self._folder = folder
        self._lock = lock
        self._path = folder / f"sha256-{secrets.token_hex(8)}"
        self._hash = hashlib.sha256()
        self._descriptor = -1
        self.size = 0  # bytes written so far

    def __enter__(self) -> BlobWriter:
        with disk_errors("write a blob"):
            make_private_folders(self._folder)
            self._descriptor = open_new(self._path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
        with suppress(FileNotFoundError):
            self._path.unlink()

    def write(self, data: bytes) -> None:
        with disk_errors("write a blob"):
            write_all(self._descriptor, data)
        self._hash.update(data)
        self.size += len(data)

    def commit(self, expected: Digest | None = None) -> Digest:
        """Makes the blob durable under its digest, which is returned; to be called once, after the last `write`.

        A blob that is there already stays and counts as new for prune. Raises `DigestMismatch` if the bytes are not
        the `expected` ones.
        """
        digest = Digest(self._hash.hexdigest())
        if expected is not None and digest != expected:
            raise DigestMismatch(f'digest mismatch, expected "{expected}", got "{digest}"')
        return self._place(digest)

    def fileno(self) -> int:
        """The descriptor of the temporary file, for a child process that writes the blob; see `commit_written`."""
        return self._descriptor

    def commit_written(self, digest: Digest, size: int) -> Digest:
        """`commit` for a blob that a child process wrote through `fileno`; it tells what its bytes hash to.

        Raises `StoreError` if the file does not have `size` bytes.
        """
        with disk_errors("write a blob"):
            self.size = os.fstat(self._descriptor).st_size
        if self.size != size:
            raise StoreError(f"cannot write a blob: it has {self.size} bytes instead of {size}")
        return self._place(digest)

    def _place(self, digest: Digest) -> Digest:
        path = self._folder / digest.filename
        with disk_errors("write a blob"):
            os.fsync(self._descriptor)
            with self._lock:
                if _regular_size(path) == self.size:
                    _refresh(path)
                else:
                    self._path.rename(path)
            sync_folder(self._folder)
        return digest


class Blobs:
    """The blobs of the store at `root`. Safe for use by several threads."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "blobs"
        self._held: Counter[Digest] = Counter()
        self._lock = threading.Lock()

    def path(self, digest: Digest) -> Path:
        """Where the blob lies or would lie; says nothing about its existence."""
        return self.folder / digest.filename

    def size(self, digest: Digest) -> int | None:
        """Bytes of the blob; `None` if it is missing or no regular file."""
        return _regular_size(self.path(digest))

    def touch(self, digest: Digest) -> bool:
        """Makes the blob count as new for prune, because a manifest is about to mention it; false if it is missing."""
        with self._lock:
            if self.size(digest) is None:
                return False
            with disk_errors(f"refresh blob {digest.short}"):
                _refresh(self.path(digest))
            return True

    def open(self, digest: Digest) -> BinaryIO:
        """The blob, for reading. Raises `StoreError` if it is missing."""
        with disk_errors(f"open blob {digest.short}"):
            return os.fdopen(open_regular(self.path(digest)), "rb")

    def read(self, digest: Digest, limit: int) -> bytes:
        """A small blob's bytes. Raises `StoreError` if it is missing or longer than `limit`."""
        with disk_errors(f"read blob {digest.short}"):
            return read_bounded(self.path(digest), limit)

    def writer(self) -> BlobWriter:
        """A new blob: `with blobs.writer() as blob: blob.write(…); digest = blob.commit()`."""
        return BlobWriter(self.folder, self._lock)

    def partial(self, digest: Digest, total: int) -> Partial:
        """The download of a blob of `total` bytes: `with blobs.partial(…) as partial: …`."""
        return Partial(self.folder, digest, total, self._lock)

    def require_space(self, sizes: Mapping[Digest, int]) -> None:
        """Raises `StoreError` (507) if the disk has no room for these blobs, less what is there of their downloads."""
        with disk_errors("look at the disk"):
            make_private_folders(self.folder)
            needed = 0
            for digest, size in sizes.items():
                with suppress(FileNotFoundError):
                    size -= os.lstat(self.folder / f"{digest.filename}-partial").st_blocks * 512
                needed += max(0, size)
        require_free(self.folder, needed)

    def arrived(self, digest: Digest, total: int) -> int:
        """Bytes that are there of a blob of `total` bytes: all of it, or what downloads of it have left."""
        return total if self.size(digest) is not None else self.partial(digest, total).noted

    def discard_partials(self, digests: Collection[Digest]) -> None:
        """Removes what downloads of these blobs have left, unless somebody goes on with them now."""
        for digest in digests:
            if (self.folder / f"{digest.filename}-partial").exists():
                with self.partial(digest, 0) as partial:
                    if partial.lock():
                        partial.discard()

    def put(self, data: bytes) -> Digest:
        """Stores `data` durably and returns its digest. Raises `StoreError`."""
        with self.writer() as blob:
            blob.write(data)
            return blob.commit()

    def remove(self, digest: Digest) -> None:
        """Removes the blob if there is one. Raises `StoreError`."""
        with disk_errors(f"remove blob {digest.short}"), suppress(FileNotFoundError):
            self.path(digest).unlink()

    @contextmanager
    def hold(self, *digests: Digest) -> Iterator[None]:
        """Within the block, delete and prune leave these blobs alone: a pull or create is going to mention them."""
        with self._lock:
            self._held.update(digests)
        try:
            yield
        finally:
            with self._lock:
                self._held -= Counter(digests)

    @property
    def held(self) -> frozenset[Digest]:
        """The blobs that somebody holds now."""
        with self._lock:
            return frozenset(self._held)

    @contextmanager
    def set_aside(self, digest: Digest) -> Iterator[None]:
        """Within the block the blob, if there is one, is out of the way of a better one. It comes back if none came.

        Raises `StoreError`.
        """
        path, aside = self.path(digest), self.folder / f"sha256-{secrets.token_hex(8)}"
        with self._lock, disk_errors(f"set blob {digest.short} aside"), suppress(FileNotFoundError):
            path.rename(aside)
        try:
            yield
        finally:
            with self._lock, disk_errors(f"put blob {digest.short} back"), suppress(FileNotFoundError):
                if _regular_size(path) is None:
                    aside.rename(path)
                else:
                    aside.unlink()

    def remove_unheld(self, digests: set[Digest]) -> None:
        """Removes the blobs that nobody holds. Raises `StoreError`."""
        with self._lock:
            for digest in sorted(digests - self._held.keys()):
                self.remove(digest)

    def prune(self, used: set[Digest], before: float) -> int:
        """Removes the blobs last changed earlier than `before` (unix seconds) that are neither used nor held.

        Temporary files of that age go too. Downloads that can be resumed (`-partial` without the blob), links, folders
        and files that no store writes stay, and so does everything if `blobs` itself is a link. Returns the number of
        files removed.
        """
        if not self.folder.is_dir() or self.folder.is_symlink():
            return 0
        removed = 0
        with self._lock, disk_errors("prune the blobs"), os.scandir(self.folder) as entries:
            kept = {digest.filename for digest in used | self._held.keys()}
            for entry in entries:
                ours = entry.name.startswith("sha256-")
                if not ours or entry.name in kept or not entry.is_file(follow_symlinks=False):
                    continue
                blob, partial, _ = entry.name.partition("-partial")
                if partial and not (self.folder / blob).is_file():
                    continue
                with suppress(FileNotFoundError):  # another program was faster
                    if entry.stat(follow_symlinks=False).st_mtime < before:
                        os.unlink(entry.path)
                        removed += 1
        return removed

    def upgrade(self) -> None:
        """Renames the files `sha256:<hex>` of old stores to `sha256-<hex>`. Raises `StoreError`."""
        if not self.folder.is_dir():
            return
        with disk_errors("rename the blobs of an old store"):
            for path in self.folder.glob("sha256:*"):
                with suppress(InvalidDigest):
                    path.rename(self.path(Digest.parse(path.name)))


def _regular_size(path: Path) -> int | None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"cannot look at a blob: {error.strerror}") from error
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _refresh(path: Path) -> None:
    """Another user's blob keeps its age: it is that user's server that prunes it."""
    with suppress(PermissionError):
        os.utime(path, follow_symlinks=False)
