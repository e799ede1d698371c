"""Daemons that are killed in the middle of a pull, again and again (section E.3; threats.md, "Resume")."""

from __future__ import annotations

import asyncio
import hashlib
import random
import shutil
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from backend.client import Client
from backend.errors import BackendError
from backend.registry.transfer import CHUNK
from backend.store import Digest, ModelName, Store
from tests.e2e.daemon import REAL, daemon
from tests.e2e.docker_registry import blob_bytes_served, docker_registry
from tests.fakes.registry import registry
from tests.store.models import add_large

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 20
SIZE = 96_000_000  # bytes: one part
LARGE = 1_000_000_000  # bytes: ten parts


async def pull(folder: Path, name: str, size: int, cut: int | None) -> Store:
    """Pulls with a daemon of its own, which is killed when `cut` bytes of the blob of `size` bytes have arrived."""
    with daemon(folder, REAL) as box:
        store = Store(box.settings.models)
        async with Client(box.settings) as client:
            status = ""
            with suppress(BackendError):
                async for step in client.pull(name):
                    status = step.status
                    if cut is not None and step.total == size and step.completed >= cut:
                        box.process.send_signal(signal.SIGKILL)
    assert (status == "success") == bool(store.names()) == (cut is None)
    return store


def cuts(size: int) -> list[int | None]:
    """Where to kill, and a pull that is left alone."""
    return [*sorted(random.Random(6).sample(range(size - CHUNK), KILLS)), None]  # noqa: S311 # no secret


def assert_whole(store: Store, digest: Digest) -> None:
    with store.blobs.path(digest).open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == digest.hex
    assert not list(store.blobs.folder.glob("*partial*"))


async def test_a_kill_costs_a_chunk_at_most(tmp_path: Path) -> None:
    data = random.Random(5).randbytes(SIZE)  # noqa: S311 # no secret
    async with registry() as fake:
        fake.add("a/b", data)
        fake.pause = 0.0005
        end = 0  # of what was sent
        for cut in cuts(SIZE):
            sent, asked = fake.sent, len(fake.ranges(data))
            store = await pull(tmp_path, f"{fake.url}/a/b", SIZE, cut)
            (begin,) = fake.ranges(data)[asked + 1 :]  # the first one asks where the blob is
            assert end - CHUNK <= begin <= end
            end = begin + fake.sent - sent
        assert fake.sent <= SIZE + KILLS * CHUNK // 2
    assert_whole(store, Digest.of(data))


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_twenty_kills_cost_twenty_chunks_of_a_large_blob(tmp_path: Path) -> None:
    """The registry counts what it sent, with what was still on its way when the daemon was killed."""
    with docker_registry(tmp_path) as url:
        name = f"{url}/library/large"
        with daemon(tmp_path, REAL) as box:
            digest = await asyncio.to_thread(add_large, Store(box.settings.models), ModelName.parse(name), LARGE)
            async with Client(box.settings) as client:
                async for _ in client.push(name):
                    pass
            await asyncio.to_thread(shutil.rmtree, box.settings.models)
        for cut in cuts(LARGE):
            store = await pull(tmp_path, name, LARGE, cut)
    assert_whole(store, digest)
    assert LARGE <= blob_bytes_served(tmp_path) <= LARGE + KILLS * CHUNK
