"""Whether the blobs of a store are what their names say."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from backend.errors import ModelNotFound, StoreError
from backend.files import open_regular
from backend.store.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    from backend.store.name import ModelName
    from backend.store.store import Store

_READ = 4 << 20  # bytes of one step
_TRIES = 3  # of a blob that is replaced while it is read
_SETTLED_S = 3600.0  # what changed later is somebody's work; as in `Store.prune`
_WRITING_S = 60.0  # a download that another program goes on with holds no lock, but writes
_BLOB = re.compile(r"sha256-([0-9a-f]{64})(-partial)?")
_TEMPORARY = re.compile(r"sha256-[0-9a-f]{16}")


class Fault(Enum):
    """What is found. The last two only take room on the disk."""

    MANIFEST = "manifest"  # it cannot be read
    MISSING = "missing"
    SIZE = "size"  # not the one that the manifest says
    DIGEST = "digest"
    UNREADABLE = "unreadable"
    ORPHAN = "orphan"  # no model needs it
    PARTIAL = "partial"  # a download that nobody goes on with

    @property
    def is_damage(self) -> bool:
        return self not in {Fault.ORPHAN, Fault.PARTIAL}


@dataclass(frozen=True, slots=True)
class Finding:
    """`file` in the folder `blobs`, or the model whose manifest it is; `size` in bytes on disk; `expected` by the
    manifests of `models`, which need it.
    """

    fault: Fault
    file: str
    text: str
    size: int = 0
    expected: int = 0
    models: tuple[ModelName, ...] = ()
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is: bytes read of all that are to be read, and blobs checked; what was found, if anything was."""

    completed: int
    total: int
    blobs: int
    models: int
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A blob that models need. `sizes`: what their manifests say; they may disagree."""

    digest: Digest
    sizes: frozenset[int]
    models: tuple[ModelName, ...]


def verify(store: Store, name: ModelName | None, now: float) -> Generator[Step, None, None]:
    """Reads every blob of the model, or of all models and then looks for what no model needs. Changes nothing.

    A step takes some milliseconds; close the generator if it is left early. What is read leaves the page cache again
    unless somebody else uses it, so that a store larger than the memory pushes no running model out. `now` in unix
    seconds. Raises `ModelNotFound` and, for one model alone, `StoreError` if its manifest cannot be read.
    """
    damaged: list[Finding] = []
    names = [store.get(name).name] if name else store.names()
    wanted = _wanted(store, names, damaged)
    total = sum(store.blobs.size(one.digest) or 0 for one in wanted)
    completed = 0
    for finding in damaged:
        yield Step(0, total, 0, len(names), finding)
    for count, one in enumerate(wanted, 1):
        check = _check(store, one)
        while True:
            try:
                completed = min(total, completed + next(check))  # a blob that is replaced is read twice
            except StopIteration as ended:
                finding = ended.value
                break
            yield Step(completed, total, count - 1, len(names))
        yield Step(completed, total, count, len(names), finding)
    if name is None and not damaged:  # what a manifest that cannot be read needs is unknown
        for finding in _unneeded(store, now):
            yield Step(completed, total, len(wanted), len(names), finding)


def _wanted(store: Store, names: Iterable[ModelName], damaged: list[Finding]) -> list[_Wanted]:
    sizes: dict[Digest, set[int]] = defaultdict(set)
    models: dict[Digest, dict[ModelName, None]] = defaultdict(dict)
    for name in names:
        try:
            manifest = store.get(name).manifest
        except ModelNotFound:  # removed meanwhile
            continue
        except StoreError as error:
            damaged.append(Finding(Fault.MANIFEST, str(name), str(error), models=(name,)))
            continue
        for layer in (manifest.config, *manifest.layers):
            sizes[layer.digest].add(layer.size)
            models[layer.digest][name] = None
    return [_Wanted(digest, frozenset(sizes[digest]), tuple(models[digest])) for digest in sorted(sizes)]


def _check(store: Store, wanted: _Wanted) -> Generator[int, None, Finding | None]:
    """Yields bytes as they are read; returns what is wrong with the blob, if a model still needs it."""
    path = store.blobs.path(wanted.digest)
    for _ in range(_TRIES):
        before = _identity(path)
        found = yield from _read(store, wanted)
        if found is None or not _needed(store, wanted):
            return None
        if _identity(path) == before:  # else somebody has just put another file in its place
            return found
    return None


def _read(store: Store, wanted: _Wanted) -> Generator[int, None, Finding | None]:
    digest, expected = wanted.digest, max(wanted.sizes)

    def finding(fault: Fault, text: str, size: int = 0) -> Finding:
        return Finding(fault, digest.filename, text, size, expected, wanted.models, digest)

    try:
        descriptor = open_regular(store.blobs.path(digest))
    except FileNotFoundError:
        return finding(Fault.MISSING, "it is not there")
    except OSError as error:
        return finding(Fault.UNREADABLE, f"it cannot be opened: {error.strerror}")
    try:
        size = os.fstat(descriptor).st_size
        if wanted.sizes != {size}:
            others = " or ".join(f"{one:,}" for one in sorted(wanted.sizes - {size}))
            return finding(Fault.SIZE, f"it has {size:,} bytes instead of {others}", size)
        held = hashlib.sha256()
        with memoryview(bytearray(min(_READ, size + 1))) as buffer:
            while count := os.readv(descriptor, [buffer]):
                held.update(buffer[:count])
                _release(descriptor, count)
                yield count
        actual = Digest(held.hexdigest())
        if actual != digest:
            return finding(Fault.DIGEST, f"its bytes are other ones: they hash to {actual.short}", size)
    except OSError as error:
        return finding(Fault.UNREADABLE, f"it cannot be read: {error.strerror}")
    finally:
        os.close(descriptor)
    return None


def _release(descriptor: int, count: int) -> None:
    """Give the pages of the last `count` bytes back; the system keeps those that a process has mapped."""
    if hasattr(os, "posix_fadvise"):
        begin = os.lseek(descriptor, 0, os.SEEK_CUR) - count
        os.posix_fadvise(descriptor, begin, count, os.POSIX_FADV_DONTNEED)


def _needed(store: Store, wanted: _Wanted) -> bool:
    """Whether a model that needed the blob still does."""
    for name in wanted.models:
        with suppress(ModelNotFound, StoreError):
            if wanted.digest in store.get(name).manifest.digests:
                return True
    return False


def _identity(path: Path) -> tuple[int, int, int] | None:
    """What differs between two files that had the same path one after the other; `None` if there is none."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _unneeded(store: Store, now: float) -> Iterator[Finding]:
    """What lies in the folder of the blobs, no model needs and nobody has touched for a while."""
    used = store.used()
    if used is None or not store.blobs.folder.is_dir():
        return
    used |= store.blobs.held
    with os.scandir(store.blobs.folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    for name in names:
        with suppress(FileNotFoundError):  # somebody has just finished with it
            status = os.lstat(store.blobs.folder / name)
            match, age = _BLOB.fullmatch(name), now - status.st_mtime
            if match and match[2]:
                if status.st_blocks and age > _WRITING_S and not _is_locked(store, name):
                    yield Finding(Fault.PARTIAL, name, "a download that stopped", status.st_blocks * 512)
            elif match and Digest(match[1]) not in used and age > _SETTLED_S:
                yield Finding(Fault.ORPHAN, name, "no model needs it", status.st_size)
            elif _TEMPORARY.fullmatch(name) and age > _SETTLED_S:
                yield Finding(Fault.ORPHAN, name, "left over from something that was broken off", status.st_size)


def _is_locked(store: Store, name: str) -> bool:
    """Whether somebody downloads into the file now: Puna's downloads lock it."""
    descriptor = open_regular(store.blobs.folder / name)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
