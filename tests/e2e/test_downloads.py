"""Downloads of a daemon that is killed: they go on with the next one, and next to nothing is fetched twice."""

from __future__ import annotations

import random
import signal
from typing import TYPE_CHECKING

from backend.client import Client
from backend.registry.transfer import CHUNK
from backend.store import Digest, ModelName, Store
from tests.e2e.daemon import REAL, daemon
from tests.fakes.observed import until
from tests.fakes.registry import registry

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 90_000_000  # bytes: one part
CUT = 60_000_000


async def test_a_download_survives_the_kill_of_its_daemon(tmp_path: Path) -> None:
    data = random.Random(11).randbytes(SIZE)  # noqa: S311 # no secret
    async with registry() as fake:
        fake.add("a/b", data)
        fake.add("a/c", b"waits behind it")
        fake.pause = 0.0005
        with daemon(tmp_path, REAL) as box:
            async with Client(box.settings) as client:
                for name in ("a/b", "a/c"):
                    await client.downloads.add(f"{fake.url}/{name}")
                first = await until(client, lambda snapshot: snapshot.downloads[0].completed >= CUT, timeout=60)
                box.process.send_signal(signal.SIGKILL)
                box.process.wait(timeout=10)
        assert [item.state for item in first.downloads] == ["running", "waiting"]
        assert first.downloads[0].rate > 0
        asked = len(fake.ranges(data))
        with daemon(tmp_path, REAL) as box:
            async with Client(box.settings) as client:
                await until(
                    client, lambda last: [item.state for item in last.downloads] == ["done", "done"], timeout=60
                )
        (begin,) = fake.ranges(data)[asked + 1 :]  # the first one asks where the blob is
        assert begin >= CUT - CHUNK
        store = Store(box.settings.models)
    assert store.blobs.size(Digest.of(data)) == SIZE
    assert {name.model for name in store.names()} == {"b", "c"}
    assert not list(store.blobs.folder.glob("*partial*"))
    assert ModelName.parse(f"{fake.url}/a/b") in store.names()
