from __future__ import annotations

import asyncio
import gc
import sys

from backend.engine.base import Device
from backend.engine.devices import Memory, find
from backend.engine.local import LocalEngine
from backend.runner.process import LLAMA_COMMAND
from tests.fakes.backend import FAKE_RUNNER

GIB = 1 << 30


async def test_the_engine_tells_its_devices() -> None:
    async with LocalEngine(5.0, (*FAKE_RUNNER, "--gpus=24,8")) as engine:
        (node,) = await engine.nodes()
    assert [device.total for device in node.devices] == [24 * GIB, 8 * GIB]
    assert [device.index for device in node.devices] == [0, 1]
    assert node.vram_total == 32 * GIB


async def test_an_engine_that_says_nonsense_has_no_devices() -> None:
    assert await find((sys.executable, "-c", "print('what?')")) == ()
    assert await find((sys.executable, "-c", "print('[{\"strange\": 1}]')")) == ()


async def test_a_search_that_is_cancelled_leaves_nothing_open() -> None:
    for turns in range(12):  # of the loop, in which the process is being started
        search = asyncio.create_task(find(FAKE_RUNNER))
        for _ in range(turns):
            await asyncio.sleep(0)
        search.cancel()
        await asyncio.wait((search,))
    gc.collect()  # what was left open warns now


async def test_the_real_engine_answers() -> None:
    for device in await find(LLAMA_COMMAND):  # none on a machine without an accelerator
        assert device.total > 0


def test_without_a_driver_what_we_use_is_taken_off() -> None:
    device = Device(index=0, name="G", bus="no:0", total=10 * GIB, free=9 * GIB)
    assert Memory([device]).devices(4 * GIB)[0].free == 5 * GIB
    assert Memory([device]).devices(40 * GIB)[0].free == 0
    assert Memory([]).devices(0) == ()
