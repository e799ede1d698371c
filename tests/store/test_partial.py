"""Downloads on disk: Ollama's format, and what of it may be believed (section D)."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from backend.errors import DigestMismatch, StoreError
from backend.store import Digest, Store

if TYPE_CHECKING:
    from pathlib import Path

DATA = bytes(range(200))
DIGEST = Digest.of(DATA)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


def names(store: Store) -> set[str]:
    return {path.name.removeprefix(DIGEST.filename) for path in store.blobs.folder.iterdir()}


def begin(store: Store, *sizes: int) -> None:
    with store.blobs.partial(DIGEST, len(DATA)) as partial:
        partial.start(sizes)


def part_file(store: Store, number: int) -> Path:
    return store.blobs.folder / f"{DIGEST.filename}-partial-{number}"


def test_the_files_are_those_of_ollama(store: Store) -> None:
    with store.blobs.partial(DIGEST, len(DATA)) as partial:
        partial.start([150, 50])
        partial.write(partial.parts[0], [DATA[:10]])
        partial.save(partial.parts[:1])
    assert names(store) == {"-partial", "-partial-0", "-partial-1"}
    assert part_file(store, 0).read_bytes() == b'{"N":0,"Offset":0,"Size":150,"Completed":10}'
    assert part_file(store, 1).read_bytes() == b'{"N":1,"Offset":150,"Size":50,"Completed":0}'
    whole = store.blobs.folder / f"{DIGEST.filename}-partial"
    assert whole.read_bytes() == DATA[:10] + bytes(190)
    assert stat.S_IMODE(whole.stat().st_mode) == 0o600


def test_a_download_goes_on_where_it_was_saved(store: Store) -> None:
    with store.blobs.partial(DIGEST, len(DATA)) as partial:
        partial.start([150, 50])
        partial.write(partial.parts[0], [DATA[:10]])
        partial.save(partial.parts[:1])
        partial.write(partial.parts[0], [DATA[10:20]])
    with store.blobs.partial(DIGEST, len(DATA)) as partial:
        assert partial.load()
        assert (partial.completed, partial.contiguous) == (10, 10)
        partial.write(partial.parts[0], [DATA[10:150]])
        assert partial.contiguous == 150
        partial.write(partial.parts[1], [DATA[150:]])
        digest = hashlib.sha256()
        partial.update(digest, 0, len(DATA))
        partial.commit(Digest(digest.hexdigest()))
    assert names(store) == {""}
    assert store.blobs.path(DIGEST).read_bytes() == DATA


def test_a_part_that_cannot_be_noted_leaves_no_file_behind(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    with store.blobs.partial(DIGEST, len(DATA)) as partial:
        partial.start([200])
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            with pytest.raises(StoreError, match="the disk is full"):
                partial.save(partial.parts)
    assert names(store) == {"-partial", "-partial-0"}


@pytest.mark.parametrize(
    "part",
    [
        {"N": 1, "Offset": 151, "Size": 49, "Completed": 0},
        {"N": 1, "Offset": 150, "Size": 51, "Completed": 0},
        {"N": 1, "Offset": 150, "Size": 50, "Completed": 51},
        {"N": 1, "Offset": 150, "Size": 50, "Completed": -1},
        {"N": 1, "Offset": 0, "Size": 200, "Completed": 0},
        {"N": 1, "Offset": "150"},
        None,
    ],
)
def test_parts_that_do_not_fit_are_not_believed(store: Store, part: object) -> None:
    begin(store, 150, 50)
    part_file(store, 1).write_text(json.dumps(part))
    with store.blobs.partial(DIGEST, len(DATA)) as partial:
        assert not partial.load()
        assert partial.parts == []
        partial.start([200])
    assert names(store) == {"-partial", "-partial-0"}


def test_parts_without_their_bytes_are_not_believed(store: Store) -> None:
    begin(store, 200)
    (store.blobs.folder / f"{DIGEST.filename}-partial").unlink()
    with store.blobs.partial(DIGEST, len(DATA)) as partial:
        assert not partial.load()


def test_wrong_bytes_are_removed(store: Store) -> None:
    with store.blobs.partial(DIGEST, len(DATA)) as partial:
        partial.start([200])
        with pytest.raises(DigestMismatch):
            partial.commit(Digest.of(b"other"))
    assert names(store) == set()


def test_one_downloader_at_a_time(store: Store) -> None:
    with store.blobs.partial(DIGEST, len(DATA)) as first, store.blobs.partial(DIGEST, len(DATA)) as second:
        assert first.lock()
        assert not second.lock()
        first.start([200])
        first.commit(DIGEST)
    with store.blobs.partial(DIGEST, len(DATA)) as third:
        assert third.lock()


def test_a_link_in_place_of_a_download_is_not_followed(store: Store, tmp_path: Path) -> None:
    begin(store, 200)
    whole = store.blobs.folder / f"{DIGEST.filename}-partial"
    whole.unlink()
    precious = tmp_path / "precious"
    precious.write_text("precious")
    whole.symlink_to(precious)
    with pytest.raises(StoreError), store.blobs.partial(DIGEST, len(DATA)):
        pass
    assert precious.read_text() == "precious"


def test_prune_leaves_downloads(store: Store) -> None:
    begin(store, 200)
    store.prune(now=4e9)
    assert names(store) == {"-partial", "-partial-0"}


def test_prune_takes_what_a_killed_commit_left(store: Store) -> None:
    begin(store, 200)
    (store.blobs.folder / f"{DIGEST.filename}-partial").rename(store.blobs.path(DIGEST))
    os.utime(part_file(store, 0), (1, 1))
    with store.blobs.hold(DIGEST):
        store.prune(now=4e9)
    assert names(store) == {""}


def test_space_counts_what_is_there_of_downloads(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.blobs.partial(DIGEST, len(DATA)) as partial:
        partial.start([200])
        partial.write(partial.parts[0], [DATA])
        partial.save(partial.parts)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=0, f_frsize=4096))
    store.blobs.require_space({DIGEST: len(DATA)})
    with pytest.raises(StoreError, match="the disk is full") as error:
        store.blobs.require_space({Digest.of(b"other"): 1})
    assert error.value.status == 507
