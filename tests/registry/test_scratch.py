"""Folders for downloads in progress."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from backend.errors import StoreError
from backend.registry.scratch import scratch

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_folder_is_private_and_goes_at_the_end(tmp_path: Path) -> None:
    root = tmp_path / "models"
    async with scratch(root) as folder:
        assert folder.parent == root
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text("x")
    assert list(root.iterdir()) == []


async def test_only_old_folders_without_an_owner_are_swept(tmp_path: Path) -> None:
    old, new = tmp_path / ".puna-download-old", tmp_path / ".puna-download-new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "file").write_text("x")
    os.utime(old, (0, 0))
    async with scratch(tmp_path) as owned:
        os.utime(owned, (0, 0))
        assert not old.exists()
        assert new.exists()
        async with scratch(tmp_path):
            assert owned.exists()


async def test_links_are_not_swept(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.mkdir()
    (target / "file").write_text("x")
    link = tmp_path / "models" / ".puna-download-link"
    link.parent.mkdir()
    link.symlink_to(target)
    os.utime(link, (0, 0), follow_symlinks=False)
    async with scratch(tmp_path / "models"):
        assert (target / "file").exists()


async def test_a_folder_that_cannot_be_made_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(StoreError):
        async with scratch(tmp_path / "models"):
            pass
