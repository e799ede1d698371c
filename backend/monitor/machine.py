"""What the machine has and how busy it is."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psutil

_SHORTEST_S = 0.5  # a shorter interval says nothing about the use of a CPU


@dataclass(frozen=True, slots=True)
class MachineUse:
    """Memory in bytes, `cpu` 0…100 over all cores since the last sample, `load` the average of the last minute."""

    memory_total: int
    memory_available: int
    cpu: float
    cores: int
    load: float


class Machine:
    """One sampler for all who watch: the system counts CPU time between two looks."""

    def __init__(self) -> None:
        self._taken = -_SHORTEST_S
        self._cpu = 0.0
        self._cores = psutil.cpu_count() or 1

    def use(self) -> MachineUse:
        now = time.monotonic()
        if now - self._taken >= _SHORTEST_S:
            self._taken, self._cpu = now, psutil.cpu_percent()
        memory = psutil.virtual_memory()
        return MachineUse(memory.total, memory.available, self._cpu, self._cores, psutil.getloadavg()[0])


def resident(pid: int) -> int:
    """Bytes of memory that a process holds, 0 if it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss) if pid else 0
    except psutil.Error:
        return 0
