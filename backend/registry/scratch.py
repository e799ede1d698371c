"""Folders for downloads in progress, beside the blobs: on the disk that has the room for models."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from backend.files import disk_errors, make_private_folders

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_PREFIX = ".puna-download-"  # hidden, hence nothing to anyone who reads the store
_LEFT_OVER_S = 3600.0


@asynccontextmanager
async def scratch(root: Path) -> AsyncIterator[Path]:
    """An empty folder in `root`, removed at the end of the block; raises `StoreError` if it cannot be made.

    Folders that a killed backend left behind are removed first.
    """
    await asyncio.to_thread(_remove_left_over, root)
    folder, lock = _make(root)
    try:
        yield folder
    finally:
        await asyncio.shield(asyncio.to_thread(_remove, folder, lock))


def _make(root: Path) -> tuple[Path, int]:
    with disk_errors("make room for a download"):
        make_private_folders(root)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return folder, lock


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


def _remove_left_over(root: Path) -> None:
    """Whose owner lives is locked; a new one may not be locked yet."""
    for folder in root.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.stat(follow_symlinks=False).st_mtime > time.time() - _LEFT_OVER_S:
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
