from __future__ import annotations

import os
import resource
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from backend.errors import DigestMismatch, StoreError
from backend.store import Blobs, Digest

if TYPE_CHECKING:
    from pathlib import Path

NOW = 2_000_000_000.0
HOUR = 3600.0


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "models")


def age(path: Path, seconds: float) -> None:
    os.utime(path, (NOW - seconds, NOW - seconds))


def files(blobs: Blobs) -> set[str]:
    return {path.name for path in blobs.folder.iterdir()}


def test_a_blob_lies_under_its_digest(blobs: Blobs) -> None:
    digest = Digest.of(b"hello")
    with blobs.writer() as blob:
        blob.write(b"hel")
        blob.write(b"lo")
        assert blob.size == 5
        assert blob.commit(digest) == digest
    assert blobs.path(digest).read_bytes() == blobs.read(digest, 5) == b"hello"
    assert blobs.size(digest) == 5
    with blobs.open(digest) as file:
        assert file.read() == b"hello"
    assert files(blobs) == {digest.filename}


def test_folders_and_files_are_private_whatever_the_umask(blobs: Blobs) -> None:
    before = os.umask(0)
    try:
        digest = blobs.put(b"x")
    finally:
        os.umask(before)
    assert blobs.path(digest).stat().st_mode & 0o777 == 0o600
    assert blobs.folder.stat().st_mode & 0o777 == blobs.folder.parent.stat().st_mode & 0o777 == 0o700


def test_existing_folders_keep_their_mode(blobs: Blobs) -> None:
    blobs.folder.mkdir(parents=True)
    blobs.folder.chmod(0o750)
    blobs.put(b"x")
    assert blobs.folder.stat().st_mode & 0o777 == 0o750


def test_other_bytes_than_promised_leave_nothing(blobs: Blobs) -> None:
    expected = Digest.of(b"right")
    with blobs.writer() as blob:
        blob.write(b"wrong")
        with pytest.raises(DigestMismatch) as caught:
            blob.commit(expected)
    assert caught.value.message == f'digest mismatch, expected "{expected}", got "{Digest.of(b"wrong")}"'
    assert files(blobs) == set()


def test_leaving_without_commit_leaves_nothing(blobs: Blobs) -> None:
    with blobs.writer() as blob:
        blob.write(b"x")
        assert all(len(name) < 64 for name in files(blobs))
    assert files(blobs) == set()


def test_a_blob_that_is_there_already_becomes_new(blobs: Blobs) -> None:
    path = blobs.path(blobs.put(b"x"))
    inode = path.stat().st_ino
    age(path, 2 * HOUR)
    blobs.put(b"x")
    assert path.stat().st_ino == inode
    assert path.stat().st_mtime != NOW - 2 * HOUR


def test_a_short_blob_under_the_digest_is_replaced(blobs: Blobs) -> None:
    path = blobs.path(blobs.put(b"whole"))
    path.write_bytes(b"who")
    blobs.put(b"whole")
    assert path.read_bytes() == b"whole"


def test_links_and_folders_are_no_blobs(blobs: Blobs, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_bytes(b"secret")
    blobs.put(b"x")
    linked, folder = Digest.of(b"linked"), Digest.of(b"folder")
    blobs.path(linked).symlink_to(canary)
    blobs.path(folder).mkdir()
    for digest in (linked, folder):
        assert blobs.size(digest) is None
        assert not blobs.touch(digest)
        with pytest.raises(StoreError):
            blobs.read(digest, 100)
        with pytest.raises(StoreError):
            blobs.open(digest)
    blobs.put(b"linked")
    assert blobs.path(linked).read_bytes() == b"linked"
    assert not blobs.path(linked).is_symlink()
    assert canary.read_bytes() == b"secret"


def test_reading_is_bounded(blobs: Blobs) -> None:
    digest = blobs.put(b"x" * 11)
    with pytest.raises(StoreError, match="more than the 10 bytes"):
        blobs.read(digest, 10)


def test_removing_a_missing_blob_is_no_error(blobs: Blobs) -> None:
    digest = blobs.put(b"x")
    blobs.remove(digest)
    blobs.remove(digest)
    assert blobs.size(digest) is None


def test_prune_takes_what_is_old_and_not_used(blobs: Blobs) -> None:
    used, old, new, held = (blobs.put(data) for data in (b"used", b"old", b"new", b"held"))
    leftover = blobs.folder / "sha256-1234567890"
    coming = Digest.of(b"coming").filename
    partial, part = blobs.folder / f"{coming}-partial", blobs.folder / f"{coming}-partial-0"
    foreign = blobs.folder / "README"
    for path in (leftover, partial, part, foreign):
        path.touch()
    for path in (leftover, partial, part, foreign, *map(blobs.path, (used, old, held))):
        age(path, 2 * HOUR)
    age(blobs.path(new), HOUR / 2)
    with blobs.hold(held):
        assert blobs.prune({used}, NOW - HOUR) == 2
    assert files(blobs) == {used.filename, new.filename, held.filename, partial.name, part.name, "README"}
    assert blobs.prune({used}, NOW - HOUR) == 1


def test_prune_never_follows_a_link(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "models")
    canary = tmp_path / "canary"
    canary.mkdir()
    target = canary / Digest.of(b"x").filename
    target.touch()
    age(target, 2 * HOUR)
    blobs.folder.mkdir(parents=True)
    (blobs.folder / "sha256-123").symlink_to(target)
    blobs.prune(set(), NOW)
    blobs.folder.rename(tmp_path / "aside")
    blobs.folder.symlink_to(canary)
    assert blobs.prune(set(), NOW) == 0
    assert target.exists()


def test_held_blobs_survive_until_the_last_holder_lets_go(blobs: Blobs) -> None:
    digest = blobs.put(b"x")
    with blobs.hold(digest):
        with blobs.hold(digest):
            pass
        blobs.remove_unheld({digest})
        assert blobs.size(digest) == 1
    blobs.remove_unheld({digest})
    assert blobs.size(digest) is None


def test_blobs_of_old_stores_are_renamed(blobs: Blobs) -> None:
    digest = Digest.of(b"x")
    blobs.upgrade()
    blobs.folder.mkdir(parents=True)
    (blobs.folder / str(digest)).write_bytes(b"x")
    (blobs.folder / "sha256:short").touch()
    blobs.upgrade()
    blobs.upgrade()
    assert files(blobs) == {digest.filename, "sha256:short"}


def test_many_threads_may_write_one_blob(blobs: Blobs) -> None:
    barrier = threading.Barrier(8)

    def write(_: int) -> Digest:
        barrier.wait()
        return blobs.put(b"x" * 100_000)

    with ThreadPoolExecutor(8) as pool:
        (digest,) = set(pool.map(write, range(8)))
    assert files(blobs) == {digest.filename}
    assert blobs.size(digest) == 100_000


def test_a_file_size_limit_is_an_error_and_leaves_nothing(blobs: Blobs) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        with pytest.raises(StoreError, match="cannot write a blob"):
            blobs.put(bytes(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert files(blobs) == set()
    assert blobs.size(blobs.put(bytes(2000))) == 2000
