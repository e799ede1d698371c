"""A real registry, and daemons that pull from each other (section E)."""

from __future__ import annotations

import asyncio
import hashlib
import urllib.request
from typing import TYPE_CHECKING

import pytest

from backend.client import Client
from backend.errors import BackendError
from backend.store import ModelName, Store
from backend.store.manifest import MANIFEST
from tests.e2e.daemon import FAKE_RUNNERS, daemon
from tests.e2e.docker_registry import docker_registry
from tests.fakes.backend import add_model
from tests.store.models import add_large

if TYPE_CHECKING:
    from pathlib import Path

LARGE = 260_000_000  # bytes: three parts


async def statuses(client: Client, action: str, name: str) -> list[str]:
    steps = client.push(name) if action == "push" else client.pull(name)
    return [step.status for step in [step async for step in steps] if not step.digest]


def _get(url: str) -> bytes:
    """What another program gets."""
    request = urllib.request.Request(url, headers={"Accept": MANIFEST})  # noqa: S310 # our own registry
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 # our own registry
        data: bytes = answer.read()
        return data


@pytest.mark.section("E.2", "E.4")
async def test_a_real_registry_takes_and_gives_a_model(tmp_path: Path) -> None:
    with docker_registry(tmp_path) as url, daemon(tmp_path, FAKE_RUNNERS) as box:
        name = f"{url}/library/large:v1"
        store = Store(box.settings.models)
        model = ModelName.parse(name)
        digest = await asyncio.to_thread(add_large, store, model, LARGE)
        before = store.manifest_bytes(model)
        async with Client(box.settings) as client:
            assert await statuses(client, "push", name) == ["retrieving manifest", "pushing manifest", "success"]
            assert await statuses(client, "push", name) == ["retrieving manifest", "pushing manifest", "success"]
            await client.delete(name)
            assert [path for path in store.blobs.folder.iterdir() if path.is_file()] == []
            pulled = await statuses(client, "pull", name)
        assert pulled == ["pulling manifest", "verifying sha256 digest", "writing manifest", "success"]
        served = await asyncio.to_thread(_get, f"{url}/v2/library/large/manifests/v1")
        assert store.manifest_bytes(model) == before == served
        with store.blobs.path(digest).open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == digest.hex
        with pytest.raises(BackendError, match="pull model manifest: file does not exist"):
            async with Client(box.settings) as client:
                await statuses(client, "pull", f"{url}/library/other")


async def test_a_real_model_is_pulled_from_another_daemon(tmp_path: Path) -> None:
    with daemon(tmp_path / "a", FAKE_RUNNERS, PUNA_SHARE="1") as source, daemon(tmp_path / "b", FAKE_RUNNERS) as box:
        add_model(source.settings, "tiny")
        digest = await asyncio.to_thread(add_large, Store(source.settings.models), ModelName.parse("large"), LARGE)
        async with Client(box.settings) as client:
            for model in ("tiny", "large"):
                assert (await statuses(client, "pull", f"{source.url}/library/{model}"))[-1] == "success"
        assert Store(box.settings.models).blobs.size(digest) == LARGE
