"""The accelerators of this machine: which ones the engine can use, and how much of their memory is free."""

from __future__ import annotations

import asyncio
import logging
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from backend.engine.base import Device
from backend.runner.process import environment, signal_group

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROBE_S = 30.0  # a cold driver takes its time
_log = logging.getLogger(__name__)


async def find(command: Sequence[str]) -> tuple[Device, ...]:
    """What the engine of the runners that `command` starts can use: asked once, in a child, since looking loads the
    driver for good. An engine that does not tell has none.
    """
    starting = asyncio.ensure_future(_start(command))
    try:
        process = await asyncio.shield(starting)
    except asyncio.CancelledError:  # asyncio leaves the pipe of a start that is cancelled in the middle open
        await _end(await starting)
        raise
    try:
        async with asyncio.timeout(_PROBE_S):
            line = await process.stdout.readline() if process.stdout else b""
        devices = tuple(Device(index=index, **entry) for index, entry in enumerate(orjson.loads(line)))
    except (TimeoutError, ValueError, TypeError) as error:
        _log.warning("the engine does not tell its devices: %r", error)
        return ()
    finally:
        ending = asyncio.ensure_future(_end(process))
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending
            raise
    return devices


async def _start(command: Sequence[str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        "--devices",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment(),
        start_new_session=True,
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    signal_group(process.pid, signal.SIGKILL)
    await process.communicate()  # to the end, else its pipe stays open


class Memory:
    """Free memory of NVIDIA devices, from the driver. Others are taken as they were found, less what we put there."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = tuple(devices)
        self._handles = _nvidia_handles(self._devices) if devices else {}

    def devices(self, used_by_us: int) -> tuple[Device, ...]:
        """The devices with what is free now. `used_by_us`: bytes that our runners say they took on them."""
        share = used_by_us // max(1, len(self._devices))
        return tuple(
            replace(device, free=_nvidia_free(self._handles[device.bus]))
            if device.bus in self._handles
            else replace(device, free=max(0, device.free - share))
            for device in self._devices
        )


def _nvidia_handles(devices: Sequence[Device]) -> dict[str, Any]:
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return {}
    handles = {}
    for device in devices:
        try:
            handles[device.bus] = pynvml.nvmlDeviceGetHandleByPciBusId(device.bus)
        except pynvml.NVMLError:
            _log.info("the driver does not know %s at %r", device.name, device.bus)
    return handles


def _nvidia_free(handle: Any) -> int:
    import pynvml

    return int(pynvml.nvmlDeviceGetMemoryInfo(handle).free)
