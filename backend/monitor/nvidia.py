"""NVIDIA accelerators by their driver's library, NVML (nvidia-ml-py). Its calls may block: for a thread alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from backend.monitor.device import DeviceUse, bus_address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
# Where the driver shows itself: Linux, and Linux inside Windows.
_SIGNS = (Path("/dev/nvidiactl"), Path("/dev/dxg"))


class NvidiaDevices:
    """Every NVIDIA device of this machine. Whatever the driver does not tell is left out."""

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        count = self._asked(nvml.nvmlDeviceGetCount) or 0
        handles = (self._asked(nvml.nvmlDeviceGetHandleByIndex, index) for index in range(count))
        self._handles = [handle for handle in handles if handle is not None]

    @classmethod
    def find(cls, signs: Sequence[Path] = _SIGNS) -> NvidiaDevices | None:
        """The devices, or `None` without a driver; then the library is not even imported."""
        if not any(sign.exists() for sign in signs):
            return None
        import pynvml

        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError:
            return None
        return cls(pynvml)

    def sample(self) -> list[DeviceUse]:
        """What they do now."""
        return [self._use(handle) for handle in self._handles]

    def _use(self, handle: Any) -> DeviceUse:
        nvml, asked = self._nvml, self._asked
        memory = asked(nvml.nvmlDeviceGetMemoryInfo, handle)
        rates = asked(nvml.nvmlDeviceGetUtilizationRates, handle)
        place = asked(nvml.nvmlDeviceGetPciInfo, handle)
        processes = asked(nvml.nvmlDeviceGetComputeRunningProcesses, handle) or ()
        return DeviceUse(
            name=_text(asked(nvml.nvmlDeviceGetName, handle) or "NVIDIA"),
            kind="nvidia",
            bus=bus_address(_text(place.busId)) if place else "",
            memory_total=int(memory.total) if memory else 0,
            memory_used=int(memory.used) if memory else 0,
            use=float(rates.gpu) if rates else None,
            power=_scaled(asked(nvml.nvmlDeviceGetPowerUsage, handle), 1000),
            power_limit=_scaled(asked(nvml.nvmlDeviceGetEnforcedPowerLimit, handle), 1000),
            temperature=_scaled(asked(nvml.nvmlDeviceGetTemperature, handle, nvml.NVML_TEMPERATURE_GPU), 1),
            clock=_scaled(asked(nvml.nvmlDeviceGetClockInfo, handle, nvml.NVML_CLOCK_SM), 1),
            bandwidth=self._bandwidth(handle),
            held={process.pid: int(process.usedGpuMemory) for process in processes if process.usedGpuMemory},
        )

    def _bandwidth(self, handle: Any) -> float | None:
        """Two transfers per cycle of the memory's highest clock, over the whole width of its bus."""
        megahertz = self._asked(self._nvml.nvmlDeviceGetMaxClockInfo, handle, self._nvml.NVML_CLOCK_MEM)
        bits = self._asked(self._nvml.nvmlDeviceGetMemoryBusWidth, handle)
        return 2 * megahertz * 1e6 * bits / 8 if megahertz and bits else None

    def _asked(self, function: Callable[..., T], *arguments: object) -> T | None:
        try:
            return function(*arguments)
        except self._nvml.NVMLError:  # not supported by this device, or it fell off the bus
            return None


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _scaled(value: float | None, unit: int) -> float | None:
    return None if value is None else value / unit
