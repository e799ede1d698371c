"""A real registry, and daemons that are killed in the middle of a pull (section E; threats.md, "Resume")."""

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
from tests.e2e.daemon import FAKE_RUNNERS, REAL, daemon
from tests.e2e.docker_registry import docker_registry
from tests.fakes.backend import add_model
from tests.fakes.registry import registry
from tests.store.models import manifest_of

if TYPE_CHECKING:
    from pathlib import Path

LARGE = 260_000_000  # bytes: three parts
KILLS = 5
MEDIUM = 48 << 20


def write_large(store: Store, name: str) -> Digest:
    """A model with one layer of three parts."""
    source = random.Random(4)  # noqa: S311 # no secret
    model = ModelName.parse(name)
    store.write(model, manifest_of(store, b"".join(source.randbytes(10_000_000) for _ in range(LARGE // 10_000_000))))
    return store.get(model).manifest.layers[0].digest


async def statuses(client: Client, action: str, name: str) -> list[str]:
    steps = client.push(name) if action == "push" else client.pull(name)
    return [step.status for step in [step async for step in steps] if not step.digest]


@pytest.mark.section("E.2", "E.4")
async def test_a_real_registry_takes_and_gives_a_model(tmp_path: Path) -> None:
    with docker_registry(tmp_path) as url, daemon(tmp_path, FAKE_RUNNERS) as box:
        name = f"{url}/library/large:v1"
        store = Store(box.settings.models)
        digest = await asyncio.to_thread(write_large, store, name)
        before = store.manifest_bytes(ModelName.parse(name))
        async with Client(box.settings) as client:
            assert await statuses(client, "push", name) == ["retrieving manifest", "pushing manifest", "success"]
            assert await statuses(client, "push", name) == ["retrieving manifest", "pushing manifest", "success"]
            await asyncio.to_thread(shutil.rmtree, box.settings.models)
            pulled = await statuses(client, "pull", name)
        assert pulled == ["pulling manifest", "verifying sha256 digest", "writing manifest", "success"]
        assert store.manifest_bytes(ModelName.parse(name)) == before
        with store.blobs.path(digest).open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == digest.hex
        with pytest.raises(BackendError, match="pull model manifest: file does not exist"):
            async with Client(box.settings) as client:
                await statuses(client, "pull", f"{url}/library/other")


@pytest.mark.section("E.3")
async def test_a_pull_that_is_killed_again_and_again_is_resumed(tmp_path: Path) -> None:
    data = random.Random(5).randbytes(MEDIUM)  # noqa: S311 # no secret
    cuts = sorted(random.Random(6).sample(range(MEDIUM), KILLS))  # noqa: S311 # no secret
    async with registry() as fake:
        fake.add("a/b", data)
        fake.pause = 0.001
        name = f"{fake.url}/a/b"
        for cut in cuts:
            with daemon(tmp_path, REAL) as box:
                async with Client(box.settings) as client:
                    with suppress(BackendError):
                        async for step in client.pull(name):
                            if step.completed >= cut and step.total == len(data):
                                box.process.send_signal(signal.SIGKILL)
                assert Store(box.settings.models).names() == []
        with daemon(tmp_path, REAL) as box:
            async with Client(box.settings) as client:
                assert (await statuses(client, "pull", name))[-1] == "success"
            store = Store(box.settings.models)
        assert store.blobs.path(Digest.of(data)).read_bytes() == data
        assert not list(store.blobs.folder.glob("*partial*"))
        begins = fake.ranges(data)[1::2]  # before each, one asks where the blob is
        assert begins[0] == 0
        assert [begin >= cut - 2 * CHUNK for begin, cut in zip(begins[1:], cuts, strict=True)] == [True] * KILLS
        assert begins[-1] > 0


async def test_a_real_model_is_pulled_from_another_daemon(tmp_path: Path) -> None:
    with daemon(tmp_path / "a", FAKE_RUNNERS, PUNA_SHARE="1") as source, daemon(tmp_path / "b", FAKE_RUNNERS) as box:
        add_model(source.settings, "tiny")
        digest = await asyncio.to_thread(write_large, Store(source.settings.models), "large")
        async with Client(box.settings) as client:
            for model in ("tiny", "large"):
                assert (await statuses(client, "pull", f"{source.url}/library/{model}"))[-1] == "success"
        assert Store(box.settings.models).blobs.size(digest) == LARGE
