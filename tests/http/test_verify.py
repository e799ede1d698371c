"""`/puna/v1/verify`: a stream of what is wrong with the store, and its repair."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from backend.errors import BackendError, BadRequest, NotFound
from backend.store import Digest, Layer, Manifest, ModelName, Store
from backend.store.manifest import CONFIG, MODEL
from tests.fakes.backend import add_model
from tests.fakes.gguf_file import gguf_bytes
from tests.fakes.registry import FakeRegistry, registry
from tests.store.models import CONFIGURATION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from backend.client import Client
    from backend.settings import Settings
    from backend.wire.verify import FindingView, VerifyLine

GGUF = gguf_bytes()


@pytest.fixture
async def fake() -> AsyncIterator[FakeRegistry]:
    async with registry() as started:
        yield started


async def lines(client: Client, model: str = "", *, repair: bool = False) -> list[VerifyLine]:
    return [line async for line in client.verify(model, repair=repair)]


async def findings(client: Client, model: str = "", *, repair: bool = False) -> list[FindingView]:
    return [line.finding for line in await lines(client, model, repair=repair) if line.finding]


def flip(path: Path) -> bytes:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    return bytes(data)


async def test_the_last_line_says_how_much_was_read(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    *_, last = await lines(client, "m")
    assert (last.done, last.models, last.finding) == (True, 1, None)
    assert last.completed == last.total == sum(path.stat().st_size for path in (backend.models / "blobs").iterdir())
    assert last.blobs == len(list((backend.models / "blobs").iterdir()))


async def test_damage_is_told_with_the_models_that_need_it(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    await client.copy("m", "n")
    path = max((backend.models / "blobs").iterdir(), key=lambda path: path.stat().st_size)
    flip(path)
    (found,) = await findings(client)
    assert (found.fault, found.file, found.damage, found.repaired) == ("digest", path.name, True, False)
    assert found.models == ["m:latest", "n:latest"]


async def test_what_cannot_be_verified_is_refused(client: Client) -> None:
    with pytest.raises(NotFound):
        await lines(client, "none")
    with pytest.raises(BadRequest, match="invalid model name"):
        await lines(client, "a/../b")


async def test_one_at_a_time_and_none_outlives_its_client(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    add_endless(Store(backend.models))
    async with aclosing(client.verify()) as first:
        await anext(first)
        assert not await verified(client)
    await client.delete("endless")
    async with asyncio.timeout(10):
        while not await verified(client):  # until the backend has noticed that the first one's client is gone
            pass


async def verified(client: Client) -> bool:
    """False if another verification is under way."""
    try:
        return (await lines(client))[-1].done
    except BackendError as error:
        if error.status != 409:
            raise
        return False


def add_endless(store: Store) -> None:
    """A model with a layer of 64 GiB that take no room on the disk: it is read for longer than any test lasts."""
    size = 1 << 36
    digest = Digest("0" * 64)
    with store.blobs.path(digest).open("wb") as file:
        file.truncate(size)
    config = Layer(CONFIG, store.blobs.put(CONFIGURATION), len(CONFIGURATION))
    store.write(ModelName.parse("endless"), Manifest(config, (Layer(MODEL, digest, size),)))


async def test_a_damaged_blob_is_fetched_again(client: Client, backend: Settings, fake: FakeRegistry) -> None:
    fake.add("a/b", GGUF, b"a licence")
    name = f"{fake.url}/a/b".removeprefix("http://")
    async for _ in client.pull(f"{fake.url}/a/b"):
        pass
    path = Store(backend.models).blobs.path(Digest.of(GGUF))
    damaged = flip(path)
    Store(backend.models).blobs.path(Digest.of(b"a licence")).unlink()
    faults = {found.fault: found for found in await findings(client, name)}
    assert set(faults) == {"digest", "missing"}
    assert path.read_bytes() == damaged, "nothing is touched unless it is asked for"
    repaired = await findings(client, name, repair=True)
    assert [found.repaired for found in repaired] == [True, True]
    assert path.read_bytes() == GGUF
    assert await findings(client) == []


async def test_what_no_registry_has_stays_as_it_is(client: Client, backend: Settings, fake: FakeRegistry) -> None:
    fake.add("a/b", GGUF)
    async for _ in client.pull(f"{fake.url}/a/b"):
        pass
    path = Store(backend.models).blobs.path(Digest.of(GGUF))
    damaged = flip(path)
    fake.blobs.clear()
    (found,) = await findings(client, repair=True)
    assert not found.repaired
    assert found.failure
    assert path.read_bytes() == damaged
