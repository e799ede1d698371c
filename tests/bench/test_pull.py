"""The speed of a pull, verified and on disk, beside `curl` with the same blob from Debian's `docker-registry`."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

import pytest

from backend.client import Client
from backend.store import ModelName, Store
from tests.bench.figures import row
from tests.e2e.daemon import REAL, daemon
from tests.e2e.docker_registry import docker_registry
from tests.store.models import add_large

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.bench

SIZE = 1_000_000_000
RUNS = 3


async def test_a_pull_is_nearly_as_fast_as_curl(tmp_path: Path) -> None:
    pulls, curls = [], []
    with docker_registry(tmp_path) as url, daemon(tmp_path, REAL) as box:
        name = f"{url}/library/large"
        digest = await asyncio.to_thread(add_large, Store(box.settings.models), ModelName.parse(name), SIZE)
        async with Client(box.settings) as client:
            await _seconds(client, "push", name)
            for _ in range(RUNS):
                await asyncio.to_thread(shutil.rmtree, box.settings.models)
                pulls.append(SIZE / 1e6 / await _seconds(client, "pull", name))
                target = tmp_path / "curl"
                curls.append(
                    SIZE / 1e6 / await asyncio.to_thread(_curl, f"{url}/v2/library/large/blobs/{digest}", target)
                )
    sys.stdout.write("\n" + row("pull", pulls, "MB/s") + "\n" + row("curl, then fsync", curls, "MB/s") + "\n")
    assert median(pulls) >= 0.8 * median(curls)


async def _seconds(client: Client, action: str, name: str) -> float:
    begin = time.monotonic()
    async for _ in client.push(name) if action == "push" else client.pull(name):
        pass
    return time.monotonic() - begin


def _curl(url: str, target: Path) -> float:
    begin = time.monotonic()
    subprocess.run(["curl", "--silent", "--fail", "--output", str(target), url], check=True)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    seconds = time.monotonic() - begin
    target.unlink()
    return seconds
