"""A store in a temporary folder, and uploads to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.store import Store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")
