"""Opening and replacing files whose neighbours may be hostile or whose power may fail."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from backend.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPORARY = ".puna-"  # hidden, hence no model to anyone who reads the store


def open_regular(path: Path) -> int:
    """A descriptor for reading `path`. Never follows a link at its end and never waits (a pipe without a writer).

    Raises `OSError`, also if the file is no regular one.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return descriptor


def open_new(path: Path, mode: int = 0o600) -> int:
    """A descriptor for writing `path`, which is made. Raises `OSError` if anything is there already, a link too."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)


@contextmanager
def disk_errors(action: str) -> Iterator[None]:
    """Turns an `OSError` of the block into a `StoreError` "cannot <action>: why"; a full disk has status 507."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreError(f"cannot {action}: the disk is full; remove a model or free space", status=507) from error
        raise StoreError(f"cannot {action}: {error.strerror}") from error


def require_free(folder: Path, needed: int) -> None:
    """Raises `StoreError` (507), which names both figures, if the disk of the folder has less than `needed` bytes."""
    with disk_errors("look at the disk"):
        disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    if needed > free:
        raise StoreError(
            f"the disk is full: {_megabytes(needed)} more are needed and {_megabytes(free)} are free; "
            "remove a model or free space",
            status=507,
        )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def read_bounded(path: Path, limit: int) -> bytes:
    """A small file's bytes. Raises `OSError`, and `StoreError` if there are more than `limit`."""
    descriptor = open_regular(path)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise StoreError(f"a file of the store has more than the {limit} bytes allowed")
    return data


def read_exactly(descriptor: int, offset: int, size: int) -> bytes:
    """Bytes at a place of an open file. Raises `StoreError` if there are fewer, or if they cannot be read."""
    with disk_errors("read a blob"):
        data = os.pread(descriptor, size, offset)
        while len(data) < size:
            more = os.pread(descriptor, size - len(data), offset + len(data))
            if not more:
                raise StoreError("cannot read a blob: it became shorter meanwhile")
            data += more
    return data


def write_all(descriptor: int, data: bytes) -> None:
    """Writes every byte: one `write` may take less."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def replace_file(path: Path, data: bytes) -> None:
    """Makes `data` the file's content, durably and at once: whoever looks finds the old content or the new one.

    A kill may leave a temporary file whose name begins with `TEMPORARY`. Raises `OSError`.
    """
    temporary = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
    try:
        descriptor = open_new(temporary)
        try:
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Makes the creation, renaming and removal of entries of the folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private_folders(path: Path) -> None:
    """Creates the folder and its missing parents with mode 0700, durably; existing ones are left as they are."""
    if path.is_dir():
        return
    make_private_folders(path.parent)
    try:
        path.mkdir(0o700)
    except FileExistsError:
        return
    sync_folder(path.parent)
