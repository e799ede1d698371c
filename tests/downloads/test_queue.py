"""The queue over a registry: order, pausing, cancelling, errors."""

from __future__ import annotations

import os
import random
from contextlib import aclosing
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from backend.downloads import queue as queue_module
from backend.errors import BadRequest, InvalidName, NotFound, StoreError
from backend.registry.pull import pull
from backend.store import Digest, ModelName
from tests.downloads.box import Box, ended, until, view

if TYPE_CHECKING:
    from backend.downloads.queue import DownloadQueue
    from backend.registry.transfers import Transfers
    from tests.fakes.registry import FakeRegistry

DATA = random.Random(7).randbytes(1_000_000)  # noqa: S311 # no secret
HALF = len(DATA) // 2
DIGEST = Digest.of(DATA)


def models(queue: DownloadQueue) -> list[str]:
    return [item.model.rpartition("/")[2] for item in queue.views()]


def files(box: Box) -> set[str]:
    return {path.name for path in box.store.root.rglob("*") if path.is_file()}


async def half(queue: DownloadQueue, fake: FakeRegistry, name: str = "a/b") -> str:
    """A download that hangs in the middle of its blob."""
    fake.add(name, DATA)
    fake.fault, fake.faults = "stall", 1
    identity = (await queue.add(f"{fake.url}/{name}", insecure=True)).id
    await until(lambda: view(queue, identity).completed >= HALF)
    fake.fault = ""
    return identity


async def test_a_model_comes_without_anyone_waiting_for_it(box: Box, fake: FakeRegistry) -> None:
    manifest = fake.add("a/b", DATA, b"small")
    seen = box.store.revision
    async with box.open() as queue:
        added = await queue.add(f" {fake.url}/a/b ", insecure=True)
        assert (added.source, added.total) == (f"{fake.url}/a/b", 0)
        done = await ended(queue, added.id)
        assert (done.state, done.completed) == ("done", done.total)
        assert done.total > len(DATA) + len(b"small")
        assert done.model == str(ModelName.parse(f"{fake.url}/a/b"))
    assert box.store.manifest_bytes(ModelName.parse(f"{fake.url}/a/b")) == manifest
    assert box.store.revision > seen


async def test_a_pause_in_mid_blob_fetches_nothing_twice(box: Box, fake: FakeRegistry) -> None:
    async with box.open() as queue:
        identity = await half(queue, fake)
        paused = await queue.pause(identity)
        assert (paused.state, paused.rate) == ("paused", 0.0)
        assert HALF <= paused.completed < paused.total
        assert not queue.busy
        await queue.pause(identity)
        asked = len(fake.asked)
        await queue.resume(identity)
        assert (await ended(queue, identity)).state == "done"
    assert fake.ranges(DATA)[-1] == HALF
    assert len(fake.asked) > asked
    assert fake.sent == sum(map(len, fake.blobs.values()))


async def test_a_paused_one_stays_paused_over_a_restart_and_goes_on(box: Box, fake: FakeRegistry) -> None:
    async with box.open() as queue:
        identity = await half(queue, fake)
        await queue.pause(identity)
    async with box.open() as queue:
        assert view(queue, identity).state == "paused"
        assert view(queue, identity).completed >= HALF
        await queue.resume(identity)
        assert (await ended(queue, identity)).state == "done"
    assert fake.ranges(DATA)[-1] == HALF


async def test_what_was_under_way_goes_on_after_a_restart(box: Box, fake: FakeRegistry) -> None:
    async with box.open() as queue:
        identity = await half(queue, fake)
    async with box.open() as queue:
        assert (await ended(queue, identity)).state == "done"
    assert fake.ranges(DATA)[-1] == HALF
    async with box.open() as queue:
        assert [item.state for item in queue.views()] == ["done"]


async def test_one_after_the_other_in_the_order_of_the_queue(box: Box, fake: FakeRegistry) -> None:
    async with box.open() as queue:
        first = await half(queue, fake)
        for number in range(3):
            fake.add(f"a/m{number}", b"x%d" % number)
            await queue.add(f"{fake.url}/a/m{number}", insecure=True)
        assert models(queue) == ["b:latest", "m0:latest", "m1:latest", "m2:latest"]
        assert [item.state for item in queue.views()] == ["running", "waiting", "waiting", "waiting"]
        last = queue.views()[-1]
        await queue.move(last.id, 0)
        await queue.move(queue.views()[2].id, 99)
        assert models(queue) == ["m2:latest", "b:latest", "m1:latest", "m0:latest"]
        fake.asked.clear()
        await queue.pause(first)
        for item in queue.views():
            if item.id != first:
                await ended(queue, item.id)
        came = [asked.path.split("/")[3] for asked in fake.asked if "/manifests/" in asked.path]
        assert came == ["m2", "m1", "m0"]
        assert [item.state for item in queue.views()] == ["paused", "done", "done", "done"]


async def test_as_many_at_a_time_as_the_setting_says(box: Box, fake: FakeRegistry) -> None:
    async with box.open(slots=2) as queue:
        first = await half(queue, fake)
        fake.add("a/c", b"other")
        second = await queue.add(f"{fake.url}/a/c", insecure=True)
        assert (await ended(queue, second.id)).state == "done"
        assert view(queue, first).state == "running"


async def test_a_cancelled_one_leaves_nothing(box: Box, fake: FakeRegistry) -> None:
    fake.add("other/b", b"kept")
    async with box.open() as queue:
        await ended(queue, (await queue.add(f"{fake.url}/other/b", insecure=True)).id)
        before = files(box)
        fake.add("a/b", b"comes as a whole", DATA)
        del fake.blobs[str(DIGEST)]
        identity = (await queue.add(f"{fake.url}/a/b", insecure=True)).id
        assert (await ended(queue, identity)).state == "failed"
        assert Digest.of(b"comes as a whole").filename in files(box)
        await queue.cancel(identity)
        assert files(box) == before
        assert identity not in [item.id for item in queue.views()]
        with pytest.raises(NotFound, match="no download"):
            await queue.cancel(identity)
    async with box.open() as queue:
        assert [item.state for item in queue.views()] == ["done"]


async def test_a_paused_one_is_cancelled_after_a_restart(box: Box, fake: FakeRegistry) -> None:
    async with box.open() as queue:
        identity = await half(queue, fake)
        await queue.pause(identity)
    assert any("partial" in name for name in files(box))
    async with box.open() as queue:
        await queue.cancel(identity)
    assert files(box) == set()


async def test_a_cancel_leaves_what_another_pull_goes_on_with(
    box: Box, fake: FakeRegistry, transfers: Transfers
) -> None:
    async with box.open() as queue:
        identity = await half(queue, fake)
        name = ModelName.parse(f"{fake.url}/a/b")
        async with aclosing(pull(box.store, transfers, name, insecure=True)) as lines:
            async for line in lines:
                if line.completed >= HALF:
                    break
            await queue.cancel(identity)
            fake.gate.set()
            assert [line async for line in lines][-1].status == "success"
    assert fake.ranges(DATA).count(0) == 2  # where it is, and its first half: once


async def test_a_model_is_in_the_queue_once(box: Box, fake: FakeRegistry) -> None:
    async with box.open() as queue:
        identity = await half(queue, fake)
        await queue.pause(identity)
        again = await queue.add(f"{fake.url}/A/B", insecure=True)
        assert again.id == identity
        assert (await ended(queue, identity)).state == "done"
        newest = await queue.add(f"{fake.url}/a/b", insecure=True)
        assert newest.id != identity
        await ended(queue, newest.id)
        assert [item.id for item in queue.views()] == [newest.id]


async def test_bad_names_and_too_many_are_refused(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "MOST", 2)
    monkeypatch.setattr(queue_module, "MOST_DONE", 1)
    async with box.open() as queue:
        with pytest.raises(InvalidName):
            await queue.add("a/b/c/../d")
        await queue.add("http://127.0.0.1:1/a/b")
        with pytest.raises(BadRequest, match="the queue is full: 1 downloads wait; cancel one first"):
            await queue.add("http://127.0.0.1:1/a/c")


async def test_what_cannot_be_remembered_is_refused(
    box: Box, fake: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.add("a/b", DATA)
    async with box.open() as queue:
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", _full)
            with pytest.raises(StoreError, match="the disk is full"):
                await queue.add(f"{fake.url}/a/b", insecure=True)
        assert queue.views() == []
        assert not queue.busy


def _full(_: int) -> None:
    raise OSError(28, os.strerror(28))


async def test_a_disk_without_room_is_told_with_both_figures(
    box: Box, fake: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.add("a/b", DATA)
    async with box.open() as queue:
        with monkeypatch.context() as patched:
            patched.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=100, f_frsize=4096))
            failed = await ended(queue, (await queue.add(f"{fake.url}/a/b", insecure=True)).id)
        assert failed.reason == (
            "the disk is full: 1.0 MB more are needed and 0.4 MB are free; remove a model or free space"
        )
        assert fake.ranges(DATA) == []
        await queue.resume(failed.id)
        assert (await ended(queue, failed.id)).state == "done"
