"""The process that converts: it ends with whoever wants its work, and never leaves half a file."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import psutil
import pytest

from backend.conversion.order import Assignment, Progressed, Quantize
from backend.conversion.process import COMMAND, convert
from backend.errors import BackendError
from backend.store import Digest, Store
from tests.conversion.weights import tensors, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


@pytest.fixture
def order(tmp_path: Path) -> Quantize:
    return Quantize(str(write(tmp_path / "m.gguf", "F16", tensors(layers=1))), "Q8_0")


def program(text: str) -> list[str]:
    """A child that misbehaves."""
    return [sys.executable, "-c", f"import os, sys, time\n{text}"]


ENDLESS = 'print(\'{"type":"Progressed","completed":1,"total":9}\', flush=True); sys.stdin.read(); time.sleep(60)'


def blobs(store: Store) -> list[Path]:
    return list(store.blobs.folder.iterdir())


def test_a_result_is_held_before_it_appears(store: Store, order: Quantize) -> None:
    seen: list[tuple[Digest, int | None]] = []
    for _ in convert(order, store.blobs, lambda digest: seen.append((digest, store.blobs.size(digest)))):
        pass
    ((digest, size),) = seen
    assert size is None
    assert Digest.of(store.blobs.path(digest).read_bytes()) == digest
    assert psutil.Process().children() == []


def test_closing_kills_the_child_and_leaves_nothing(store: Store, order: Quantize) -> None:
    steps = convert(order, store.blobs, lambda _: None, program(ENDLESS))
    assert next(steps) == Progressed(1, 9)
    (child,) = psutil.Process().children()
    assert os.getpgid(child.pid) == child.pid
    steps.close()
    assert not child.is_running()
    assert blobs(store) == []


def test_while_the_child_is_silent_there_are_steps(store: Store, order: Quantize) -> None:
    steps = convert(order, store.blobs, lambda _: None, program(ENDLESS))
    assert [next(steps) for _ in range(3)] == [Progressed(1, 9)] * 3
    steps.close()


def test_conversions_take_turns(store: Store, order: Quantize) -> None:
    first = convert(order, store.blobs, lambda _: None, program(ENDLESS))
    assert next(first) == Progressed(1, 9)
    second = convert(order, store.blobs, lambda _: None)
    assert next(second) == Progressed(0, 0)
    assert len(psutil.Process().children()) == 1
    first.close()
    assert list(second)[-1].total > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("os.kill(os.getpid(), 9)", "ended without a result: killed by signal 9, perhaps for lack of memory"),
        ("sys.exit(3)", "ended without a result: exit status 3"),
        ('print(\'{"type":"Finished","digest":"\' + 64 * "0" + \'","size":5}\')', "it has 0 bytes instead of 5"),
        ('print(\'{"type":"Failed","message":"no","status":507}\')', "^no$"),
        ("print('nonsense')", "the conversion said something that cannot be understood"),
    ],
)
def test_a_child_that_fails_is_an_error(store: Store, order: Quantize, text: str, message: str) -> None:
    with pytest.raises(BackendError, match=message):
        list(convert(order, store.blobs, lambda _: None, program(text)))
    assert blobs(store) == []


def test_a_source_that_is_gone_is_an_error(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="cannot open the GGUF file") as caught:
        list(convert(Quantize(str(tmp_path / "gone"), "Q8_0"), store.blobs, lambda _: None))
    assert caught.value.status == 400


def test_the_child_ends_with_its_parent_in_the_middle_of_its_work(order: Quantize) -> None:
    """The end of its input is all that it sees of a parent that was killed. Nobody reads what it writes."""
    unread, full = os.pipe()
    child = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=(full,))
    assert child.stdin is not None
    child.stdin.write(msgspec.json.encode(Assignment(order, full)) + b"\n")
    child.stdin.flush()
    assert os.read(unread, 4) == b"GGUF"
    child.stdin.close()
    assert child.wait(timeout=30) == 1
    os.close(unread)
    os.close(full)
