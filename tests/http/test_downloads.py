"""`/puna/v1/downloads` through the typed client, beside `/api/pull`, and in the snapshots."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadRequest, NotFound
from tests.fakes.observed import until
from tests.fakes.registry import FakeRegistry, registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from backend.client import Client
    from backend.wire.workstation import Snapshot
    from tests.fakes.wire import Wire

DATA = random.Random(9).randbytes(600_000)  # noqa: S311 # no secret
UNKNOWN = "0123456789abcdef"


@pytest.fixture
async def fake() -> AsyncIterator[FakeRegistry]:
    async with registry() as started:
        yield started


def states(snapshot: Snapshot) -> list[str]:
    return [item.state for item in snapshot.downloads]


async def test_the_queue_is_worked_off_and_told_in_snapshots(client: Client, fake: FakeRegistry) -> None:
    fake.add("a/b", DATA)
    before = (await until(client, lambda _: True)).models_revision
    added = await client.downloads.add(f"{fake.url}/a/b", insecure=True)
    snapshot = await until(client, lambda snapshot: states(snapshot) == ["done"])
    assert snapshot.models_revision > before
    (done,) = snapshot.downloads
    assert (done.id, done.completed) == (added.id, done.total)
    assert done.total > len(DATA)
    assert [model.name for model in await client.tags()] == [done.model]
    with pytest.raises(BadRequest, match="is here already"):
        await client.downloads.resume(added.id)
    with pytest.raises(BadRequest, match="it is done"):
        await client.downloads.pause(added.id)
    await client.downloads.cancel(added.id)
    assert await client.downloads.list() == []
    assert [model.name for model in await client.tags()] == [done.model]


async def test_it_is_paused_moved_resumed_and_cancelled(client: Client, fake: FakeRegistry) -> None:
    fake.add("a/b", DATA)
    fake.add("a/c", b"other")
    fake.fault, fake.faults = "stall", 1
    first = await client.downloads.add(f"{fake.url}/a/b", insecure=True)
    async with asyncio.timeout(5):
        await fake.stalling.wait()
    second = await client.downloads.add("nobody.invalid/a/c")
    assert (await client.downloads.pause(second.id)).state == "paused"
    assert (await client.downloads.pause(first.id)).state == "paused"
    await client.downloads.move(second.id, 0)
    assert [item.id for item in await client.downloads.list()] == [second.id, first.id]
    await client.downloads.cancel(second.id)
    await client.downloads.resume(first.id)
    await until(client, lambda snapshot: states(snapshot) == ["done"])


async def test_a_pull_of_the_same_model_joins(client: Client, fake: FakeRegistry, wire: Wire) -> None:
    fake.add("a/b", DATA)
    fake.fault, fake.faults = "stall", 1
    await client.downloads.add(f"{fake.url}/a/b", insecure=True)
    async with asyncio.timeout(5):
        await fake.stalling.wait()
    pulling = asyncio.create_task(wire.post("/api/pull", model=f"{fake.url}/a/b", insecure=True, stream=False))
    await until(client, lambda _: True)
    fake.gate.set()  # the connection breaks, and the one download goes on
    assert (await pulling).json == {"status": "success"}
    await until(client, lambda snapshot: states(snapshot) == ["done"])
    assert fake.sent == sum(map(len, fake.blobs.values()))


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", ""), ("POST", "/pause"), ("POST", "/resume")],
)
async def test_what_is_not_in_the_queue_is_not_found(wire: Wire, method: str, path: str) -> None:
    answer = await wire.send(method, f"/puna/v1/downloads/{UNKNOWN}{path}")
    assert answer.refusal == (404, f"no download '{UNKNOWN}'")


async def test_bad_bodies_are_refused(wire: Wire, client: Client) -> None:
    assert (await wire.post("/puna/v1/downloads", model="a/b/c/../d")).refusal == (400, "invalid model name")
    assert (await wire.post("/puna/v1/downloads")).status == 400
    assert (await wire.post(f"/puna/v1/downloads/{UNKNOWN}/move", position=-1)).status == 400
    with pytest.raises(NotFound):
        await client.downloads.move(UNKNOWN, 0)
