"""A store and a registry on loopback, as for the pulls, and a box with queues over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.registry.transfer import Pace
from backend.registry.transfers import Transfers
from tests.downloads.box import Box
from tests.registry.conftest import fake, key, store  # noqa: F401 # fixtures

if TYPE_CHECKING:
    from pathlib import Path

    from backend.registry.key import KeyPair
    from backend.store import Store


@pytest.fixture
def transfers(store: Store, key: KeyPair) -> Transfers:  # noqa: F811 # the fixtures above
    """Downloads that hardly wait, but for a registry that has stopped sending."""
    pace = Pace(stall_s=30.0, locate_s=1.0, further_s=0.0, other_s=0.01, backoff=lambda _: 0.0)
    return Transfers(store.blobs, key, pace)


@pytest.fixture
def box(tmp_path: Path, store: Store, transfers: Transfers) -> Box:  # noqa: F811 # the fixtures above
    return Box(tmp_path / "state" / "downloads.json", store, transfers)
