"""A store, registries on loopback, and a pip that knows no index but the folder `wheels`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from backend.registry.key import KeyPair
from backend.registry.transfer import Pace
from backend.registry.transfers import Transfers
from backend.store import Store
from tests.fakes.registry import FakeRegistry, registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip takes its wheels from."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
async def fake() -> AsyncIterator[FakeRegistry]:
    """A registry that is empty and well."""
    async with registry() as started:
        yield started


@pytest.fixture
def key(tmp_path: Path) -> KeyPair:
    return KeyPair(tmp_path / "home" / "id_ed25519")


@pytest.fixture
def transfers(store: Store, key: KeyPair) -> Transfers:
    """Downloads that hardly wait."""
    return Transfers(
        store.blobs, key, Pace(stall_s=0.3, locate_s=1.0, further_s=0.0, other_s=0.01, backoff=lambda _: 0.0)
    )
