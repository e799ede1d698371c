"""Failing disks, killed processes and many threads (threats.md, section 2)."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from backend.errors import ModelNotFound, StoreError
from backend.store import Digest, ModelName, Store
from tests.store.models import CONFIGURATION, add

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def assert_sound(store: Store) -> None:
    """Every manifest can be read, every blob it names is there, and every blob is what its name says."""
    models = store.list()
    assert len(models) == len(store.names())
    for model in models:
        assert all(store.blobs.size(digest) is not None for digest in model.manifest.digests)
    for path in store.blobs.folder.glob("sha256-" + "?" * 64):
        assert Digest.of(path.read_bytes()).filename == path.name


def failing(call: Callable[..., object], countdown: list[int], error: int) -> Callable[..., object]:
    """The system call, which fails when the shared countdown gets to zero."""

    def wrapper(*arguments: object, **options: object) -> object:
        countdown[0] -= 1
        if countdown[0] == 0:
            raise OSError(error, os.strerror(error))
        return call(*arguments, **options)

    return wrapper


@pytest.mark.parametrize(("error", "status"), [(errno.ENOSPC, 507), (errno.EIO, 500), (errno.EMFILE, 500)])
def test_any_failing_system_call_is_an_error_that_breaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, status: int
) -> None:
    store = Store(tmp_path / "models")
    add(store, "kept", b"shared", b"kept")
    add(store, "foo", b"before")
    countdown = [0]
    for name in ("open", "write", "fsync", "rename", "mkdir"):
        monkeypatch.setattr(os, name, failing(getattr(os, name), countdown, error))
    failures = []
    for turn in range(1, 100):
        countdown[0] = turn
        try:
            add(store, f"new{turn}", b"shared", f"content {turn}".encode())
            add(store, "foo", f"after {turn}".encode())
        except StoreError as failure:
            failures.append(failure)
        else:
            break
        countdown[0] = 0
        assert_sound(store)
        assert all(len(path.name) > 64 for path in store.blobs.folder.iterdir())
    assert len(failures) > 15
    assert {failure.status for failure in failures} == {status}
    assert str(tmp_path) not in "".join(failure.message for failure in failures)
    assert not list(store.root.rglob(".puna-*"))
    assert {"kept", f"new{len(failures) + 1}", "foo"} <= {name.model for name in store.names()}


def test_threads_that_write_copy_and_delete_leave_no_dangling_model(tmp_path: Path) -> None:
    store = Store(tmp_path / "models")
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        for turn in range(12):
            contents = [b"shared", f"own {(number + turn) % 4}".encode()]
            with store.blobs.hold(*map(Digest.of, [*contents, CONFIGURATION])):
                add(store, f"m{(number + turn) % 3}", *contents)
            store.copy(ModelName(f"m{(number + turn) % 3}"), ModelName(f"c{number % 2}"))
            try:
                store.delete(ModelName(f"c{number % 2}"))
            except ModelNotFound:
                continue

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert_sound(store)
    assert {name.model for name in store.names()} >= {"m0", "m1", "m2"}


CHILD = """
import sys
from pathlib import Path
from backend.store import ModelName, Store
from tests.store.models import add

store = Store(Path(sys.argv[1]))
start = int(sys.argv[2])
for turn in range(start, start + 10_000):
    name = add(store, f"m{turn}", b"shared", str(turn).encode() * 3000)
    print("written", name, flush=True)
    store.copy(name, ModelName(f"c{turn}"))
    print("written", f"c{turn}:latest", flush=True)
    if turn % 3 == 0:
        print("deleting", name, flush=True)
        store.delete(name)
"""


def check_kills(store: Store, kills: int) -> None:
    dice = random.Random(4)  # noqa: S311 # a repeatable choice of moments
    acknowledged: set[str] = set()
    for kill in range(kills):
        command = [sys.executable, "-c", CHILD, str(store.root), str(kill * 10_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            lines = [child.stdout.readline() for _ in range(dice.randrange(1, 40))]
            child.kill()
            lines += child.stdout.read().splitlines()
        for line in lines:
            verb, _, name = line.strip().partition(" ")
            if verb == "written":
                acknowledged.add(name)
            else:
                acknowledged.discard(name)
        assert acknowledged <= {str(name) for name in store.names()}
        assert_sound(store)
    assert len(acknowledged) > kills
    store.prune(now=9e12)
    assert_sound(store)
    used = set().union(*(model.manifest.digests for model in store.list()))
    assert {path.name for path in store.blobs.folder.iterdir()} == {digest.filename for digest in used}


def test_killing_the_process_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    check_kills(Store(tmp_path / "models"), 5)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_hundred_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    check_kills(Store(tmp_path / "models"), 200)
