"""The thread that asks the drivers."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from backend.monitor.device import DeviceUse
from backend.monitor.sampler import Sampler

if TYPE_CHECKING:
    import pytest


class Counting:
    """A source whose devices are named by how often it was asked; it may be told to wait, or to fail."""

    def __init__(self) -> None:
        self.asked = 0
        self.free = threading.Event()
        self.free.set()
        self.broken = False

    def sample(self) -> list[DeviceUse]:
        self.free.wait(20)
        if self.broken:
            raise ValueError("the driver says nonsense")
        self.asked += 1
        return [DeviceUse(f"sample {self.asked}", "nvidia", "", 1, 0)]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def names(sample: tuple[DeviceUse, ...]) -> list[str]:
    return [use.name for use in sample]


async def test_a_look_asks_for_the_next_sample_at_most_once_a_second() -> None:
    source, clock, arrived = Counting(), Clock(), asyncio.Event()
    sampler = Sampler(arrived.set, lambda: [source], clock)
    assert sampler.look() == ()
    async with asyncio.timeout(5):
        await arrived.wait()
    for _ in range(200):
        assert names(sampler.look()) == ["sample 1"]
        await asyncio.to_thread(lambda: None)  # the other thread has its chance
    assert source.asked == 1
    clock.now += 1
    sampler.look()
    async with asyncio.timeout(5):
        while names(sampler.look()) != ["sample 2"]:  # noqa: ASYNC110 # another thread's state
            await asyncio.sleep(0)
    assert source.asked == 2
    sampler.close()


async def test_a_driver_that_hangs_holds_up_nobody() -> None:
    source, clock = Counting(), Clock()
    source.free.clear()
    sampler = Sampler(lambda: None, lambda: [source], clock)
    for _ in range(5):
        clock.now += 10
        assert sampler.look() == ()
    waiting = asyncio.create_task(sampler.known())
    await asyncio.sleep(0)
    source.free.set()
    async with asyncio.timeout(5):
        assert names(await waiting) == ["sample 1"]
    assert source.asked == 1
    sampler.close()


async def test_without_drivers_there_is_nothing_to_wait_for() -> None:
    sampler = Sampler(lambda: None, list, Clock())
    async with asyncio.timeout(2):
        assert await sampler.known() == ()
    assert sampler.look() == ()


async def test_a_driver_that_fails_leaves_no_gauges_and_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    source = Counting()
    source.broken = True
    sampler = Sampler(lambda: None, lambda: [source], Clock())
    async with asyncio.timeout(2):
        assert await sampler.known() == ()
    assert "cannot be asked any more" in caplog.text
