"""A driver's library without a driver: the functions of `pynvml` that are used, over devices that a test describes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any


class NVMLError(Exception):
    """What every function raises for what a device does not support."""


@dataclass
class Gpu:
    """Figures of one device in the driver's units: bytes, %, mW, °C, MHz. `None` is not supported."""

    name: str = "NVIDIA H100 80GB HBM3"
    bus: str = "00000000:01:00.0"
    total: int | None = 80 << 30
    used: int = 30 << 30
    use: int | None = 61
    power: int | None = 412_000
    limit: int | None = 700_000
    temperature: int | None = 64
    clock: int | None = 1755
    memory_clock: int | None = 2619
    bus_width: int = 5120
    processes: dict[int, int | None] = field(default_factory=dict)


class FakeNvml:
    """Stands in for the module; `hanging` makes every sample wait until it is set."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0
    NVML_CLOCK_SM = 1
    NVML_CLOCK_MEM = 2

    def __init__(self, *gpus: Gpu, starts: bool = True) -> None:
        self.gpus = gpus
        self.starts = starts
        self.samples = 0
        self.answering = threading.Event()
        self.answering.set()

    def nvmlInit(self) -> None:  # noqa: N802 # the library's name, like all below
        if not self.starts:
            raise NVMLError("Driver Not Loaded")

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Gpu:  # noqa: N802
        return self.gpus[index]

    def nvmlDeviceGetMemoryInfo(self, gpu: Gpu) -> Any:  # noqa: N802
        self.answering.wait(20)
        self.samples += 1
        return SimpleNamespace(total=_known(gpu.total), used=gpu.used)

    def nvmlDeviceGetUtilizationRates(self, gpu: Gpu) -> Any:  # noqa: N802
        return SimpleNamespace(gpu=_known(gpu.use))

    def nvmlDeviceGetPciInfo(self, gpu: Gpu) -> Any:  # noqa: N802
        return SimpleNamespace(busId=gpu.bus.encode())

    def nvmlDeviceGetName(self, gpu: Gpu) -> str:  # noqa: N802
        return gpu.name

    def nvmlDeviceGetPowerUsage(self, gpu: Gpu) -> int:  # noqa: N802
        return _known(gpu.power)

    def nvmlDeviceGetEnforcedPowerLimit(self, gpu: Gpu) -> int:  # noqa: N802
        return _known(gpu.limit)

    def nvmlDeviceGetTemperature(self, gpu: Gpu, sensor: int) -> int:  # noqa: N802
        assert sensor == self.NVML_TEMPERATURE_GPU
        return _known(gpu.temperature)

    def nvmlDeviceGetClockInfo(self, gpu: Gpu, clock: int) -> int:  # noqa: N802
        assert clock == self.NVML_CLOCK_SM
        return _known(gpu.clock)

    def nvmlDeviceGetMaxClockInfo(self, gpu: Gpu, clock: int) -> int:  # noqa: N802
        assert clock == self.NVML_CLOCK_MEM
        return _known(gpu.memory_clock)

    def nvmlDeviceGetMemoryBusWidth(self, gpu: Gpu) -> int:  # noqa: N802
        return gpu.bus_width

    def nvmlDeviceGetComputeRunningProcesses(self, gpu: Gpu) -> list[Any]:  # noqa: N802
        return [SimpleNamespace(pid=pid, usedGpuMemory=memory) for pid, memory in gpu.processes.items()]


def _known(figure: int | None) -> int:
    if figure is None:
        raise NVMLError("Not Supported")
    return figure
