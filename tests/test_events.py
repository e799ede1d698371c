"""A revision that grows, and those who wait for it."""

from __future__ import annotations

import asyncio

import pytest

from backend.events import Changes


async def test_a_watcher_wakes_with_the_newest_revision() -> None:
    changes = Changes()
    watcher = asyncio.create_task(changes.wait(0))
    await asyncio.sleep(0)  # it waits now
    changes.touch()
    changes.touch()
    assert await watcher == changes.revision == 2


async def test_what_changed_before_is_not_missed() -> None:
    changes = Changes()
    changes.touch()
    assert await changes.wait(0) == 1


async def test_every_watcher_wakes() -> None:
    changes = Changes()
    async with asyncio.TaskGroup() as group:
        watchers = [group.create_task(changes.wait(0)) for _ in range(3)]
        await asyncio.sleep(0)  # they wait now
        changes.touch()
    assert [watcher.result() for watcher in watchers] == [1, 1, 1]


async def test_without_a_change_nobody_wakes() -> None:
    changes = Changes()
    changes.touch()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await changes.wait(changes.revision)
