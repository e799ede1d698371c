"""Damaged stores."""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING

import pytest

from backend.errors import ModelNotFound
from backend.store import Digest, ModelName, Store
from backend.store.verify import Fault, Finding, Step, verify
from tests.store.models import CONFIGURATION, add

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS, OTHER = b"weights" * 1000, b"other weights" * 900
BLOB = Digest.of(WEIGHTS)
NOW = time.time()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "models")
    add(made, "a", WEIGHTS, b"text")
    add(made, "b", OTHER, b"text")
    return made


def steps(store: Store, name: str = "", now: float = NOW) -> list[Step]:
    return list(verify(store, ModelName.parse(name) if name else None, now))


def findings(store: Store, name: str = "", now: float = NOW) -> list[Finding]:
    return [step.finding for step in steps(store, name, now) if step.finding]


def old(path: Path, seconds: float = 7200.0) -> Path:
    os.utime(path, (NOW - seconds, NOW - seconds))
    return path


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_whole_store_is_read_once_and_nothing_is_found(store: Store) -> None:
    done = steps(store)
    total = len(WEIGHTS) + len(OTHER) + len(b"text") + len(CONFIGURATION)
    assert done[-1] == Step(total, total, 4, 2)
    assert [step.completed for step in done] == sorted(step.completed for step in done)
    assert not any(step.finding for step in done)


def test_a_flipped_byte_is_found_in_its_model_alone(store: Store) -> None:
    flip(store.blobs.path(BLOB))
    (found,) = findings(store, "A")
    assert (found.fault, found.file, found.digest) == (Fault.DIGEST, BLOB.filename, BLOB)
    assert [str(name) for name in found.models] == ["a:latest"]
    assert (found.size, found.expected) == (len(WEIGHTS), len(WEIGHTS))
    assert "they hash to" in found.text
    assert findings(store) == [found]
    assert findings(store, "b") == []


def test_a_blob_that_was_cut_off_has_the_wrong_size(store: Store) -> None:
    os.truncate(store.blobs.path(BLOB), 100)
    (found,) = findings(store)
    assert (found.fault, found.size, found.expected) == (Fault.SIZE, 100, len(WEIGHTS))
    assert found.text == "it has 100 bytes instead of 7,000"


def test_a_missing_blob_names_every_model_that_needs_it(store: Store) -> None:
    store.blobs.path(Digest.of(b"text")).unlink()
    (found,) = findings(store)
    assert (found.fault, [str(name) for name in found.models]) == (Fault.MISSING, ["a:latest", "b:latest"])


def test_a_link_in_the_place_of_a_blob_is_not_read(store: Store, tmp_path: Path) -> None:
    path = store.blobs.path(BLOB)
    (tmp_path / "elsewhere").write_bytes(WEIGHTS)
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert [found.fault for found in findings(store)] == [Fault.UNREADABLE]


def test_a_manifest_that_cannot_be_read_is_found_and_hides_what_it_needs(store: Store) -> None:
    manifest = store.root / "manifests" / "registry.ollama.ai" / "library" / "a" / "latest"
    manifest.write_bytes(b"{")
    old(store.blobs.path(BLOB))
    (found,) = findings(store)
    assert (found.fault, found.file) == (Fault.MANIFEST, "a:latest")


def test_what_no_model_needs_is_told_once_it_is_old(store: Store) -> None:
    orphan = store.blobs.path(store.blobs.put(b"nobody's"))
    left = store.blobs.folder / "sha256-0123456789abcdef"
    left.write_bytes(b"x")
    (store.blobs.folder / "notes.txt").write_bytes(b"not ours")
    assert findings(store) == [], "somebody may be about to need them"
    old(orphan)
    old(left)
    found = {finding.file: finding for finding in findings(store)}
    assert {file: one.fault for file, one in found.items()} == {orphan.name: Fault.ORPHAN, left.name: Fault.ORPHAN}
    assert not any(one.fault.is_damage for one in found.values())
    assert findings(store, "a") == []
    with store.blobs.hold(Digest.of(b"nobody's")):
        assert [finding.file for finding in findings(store)] == [left.name]


def test_a_download_counts_when_nobody_goes_on_with_it(store: Store) -> None:
    partial = store.blobs.folder / f"{Digest.of(b'x').filename}-partial"
    partial.touch()
    assert findings(store, now=NOW + 7200) == [], "nothing has come"
    partial.write_bytes(b"x" * 10_000)
    assert findings(store) == [], "it is being written"
    old(partial, 120)
    assert [(found.fault, found.file) for found in findings(store)] == [(Fault.PARTIAL, partial.name)]
    with partial.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert findings(store) == [], "somebody has locked it"


def test_a_model_that_goes_meanwhile_is_no_damage(store: Store) -> None:
    running = verify(store, None, NOW)
    next(running)
    store.delete(ModelName.parse("a"))
    store.delete(ModelName.parse("b"))
    assert [step.finding for step in running if step.finding] == []


def test_a_blob_that_is_mended_meanwhile_is_read_again(store: Store) -> None:
    flip(store.blobs.path(BLOB))
    running = verify(store, ModelName.parse("a"), NOW)
    seen = [Step(0, 0, 0, 0)]
    for step in running:
        if step.completed == seen[-1].completed + len(WEIGHTS):  # it has been read, and not judged yet
            with store.blobs.set_aside(BLOB):
                store.blobs.put(WEIGHTS)
        seen.append(step)
    assert [step.finding for step in seen if step.finding] == []
    assert seen[-1].completed == seen[-1].total
    assert store.blobs.path(BLOB).read_bytes() == WEIGHTS


def test_an_unknown_model_is_an_error(store: Store) -> None:
    with pytest.raises(ModelNotFound):
        steps(store, "none")


def test_what_is_set_aside_comes_back_unless_a_better_one_came(store: Store) -> None:
    path = store.blobs.path(BLOB)
    flip(path)
    damaged = path.read_bytes()
    with store.blobs.set_aside(BLOB):
        assert store.blobs.size(BLOB) is None
    assert path.read_bytes() == damaged
    with store.blobs.set_aside(BLOB):
        store.blobs.put(WEIGHTS)
    assert path.read_bytes() == WEIGHTS
    assert findings(store) == []
    assert len(list(store.blobs.folder.iterdir())) == 4
