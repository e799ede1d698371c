from __future__ import annotations

import asyncio
import gc
import sys
from typing import TYPE_CHECKING

import pynvml

from backend.engine import devices
from backend.engine.base import Device
from backend.engine.devices import Memory, find
from backend.engine.local import LocalEngine
from backend.runner.commands import LLAMA_COMMAND
from backend.runner.process import signal_group
from tests.fakes.backend import FAKE_RUNNER

if TYPE_CHECKING:
    import signal

    import pytest

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


def test_a_search_that_is_cancelled_while_it_ends_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    async def search() -> None:
        searching = asyncio.create_task(find((sys.executable, "-c", "import signal; signal.pause()")))

        def kill_and_cancel(pid: int, number: signal.Signals) -> None:
            signal_group(pid, number)
            if not searching.cancelling():
                searching.cancel()

        monkeypatch.setattr(devices, "signal_group", kill_and_cancel)
        await asyncio.wait((searching,))
        assert searching.cancelled()

    monkeypatch.setattr(devices, "_PROBE_S", 0.05)
    asyncio.run(search())
    gc.collect()  # what was left open warns now


async def test_the_real_engine_answers() -> None:
    for device in await find(LLAMA_COMMAND):  # none on a machine without an accelerator
        assert device.total > 0


def test_without_a_driver_what_we_use_is_taken_off() -> None:
    device = Device(index=0, name="G", bus="no:0", total=10 * GIB, free=9 * GIB)
    assert Memory([device]).devices(4 * GIB)[0].free == 5 * GIB
    assert Memory([device]).devices(40 * GIB)[0].free == 0
    assert Memory([]).devices(0) == ()


def test_a_device_that_the_driver_has_lost_has_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(handle: object) -> object:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)

    monkeypatch.setattr(pynvml, "nvmlInit", lambda: None)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByPciBusId", lambda bus: bus)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetMemoryInfo", lost)
    device = Device(index=0, name="G", bus="0000:01:00.0", total=10 * GIB, free=9 * GIB)
    assert Memory([device]).devices(0)[0].free == 0
