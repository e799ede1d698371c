"""The accelerators of this machine: which ones the engine can use, and how much of their memory is free."""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from backend.engine.base import Device
from backend.runner.process import environment, signal_group

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROBE_S = 30.0  # a cold driver takes its time
_LONGEST = 1 << 16  # bytes of an answer
_log = logging.getLogger(__name__)


async def find(command: Sequence[str]) -> tuple[Device, ...]:
    """What the engine of the runners that `command` starts can use: asked once, in a child, since looking loads the
    driver for good. An engine that does not tell has none.
    """
    process = _start(command)
    asking = asyncio.get_running_loop().run_in_executor(None, _first_line, process)
    try:
        async with asyncio.timeout(_PROBE_S):
            line = await asyncio.shield(asking)
        return tuple(Device(index=index, **entry) for index, entry in enumerate(orjson.loads(line)))
    except (TimeoutError, ValueError, TypeError) as error:
        _log.warning("the engine does not tell its devices: %r", error)
        return ()
    finally:
        if not asking.done():
            signal_group(process.pid, signal.SIGKILL)
            await asyncio.wait((asking,))


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 # the command of our own runners
        (*command, "--devices"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=True,
    )


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """In a thread, which closes the pipe and waits for the child whatever becomes of who asked."""
    with process:
        line = process.stdout.readline(_LONGEST) if process.stdout else b""
        signal_group(process.pid, signal.SIGKILL)
    return line


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

    try:
        return int(pynvml.nvmlDeviceGetMemoryInfo(handle).free)
    except pynvml.NVMLError as error:  # it may fall off the bus at any time
        _log.warning("the driver does not tell the memory of a device: %s", error)
        return 0
