"""A store of sessions in the test's folder."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from backend.events import Changes
from backend.sessions.store import SessionStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
async def store(tmp_path: Path, changes: Changes) -> AsyncIterator[SessionStore]:
    """Its clock goes on by a nanosecond with every look."""
    async with SessionStore.open(tmp_path / "sessions.db", changes, itertools.count(1).__next__) as opened:
        yield opened
