"""The seam between deciding and doing: the scheduler computes the demand, an engine picks the node."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from backend.engine_choice import EngineName

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from backend.runner.log import LogRing, MemoryUse
    from backend.runner.spec import RunnerSpec
    from backend.runner.stream import RunnerClient


@dataclass(frozen=True, slots=True)
class Device:
    """An accelerator that the engine can use. `index` is the engine's own, `bus` the PCI address, memory in bytes."""

    index: int
    name: str
    bus: str
    total: int
    free: int


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """A machine that can hold runners. Memory in bytes. `devices` are those that the engine `told_by` can use: it
    places its layers on them; the others are taken to work in the machine's own memory.
    """

    id: str
    memory_total: int
    memory_available: int
    devices: tuple[Device, ...] = ()
    told_by: EngineName = EngineName.LLAMA_CPP

    def seen_by(self, engine: EngineName) -> NodeInfo:
        """The machine with the accelerators on which `engine` is known to place layers."""
        return self if engine is self.told_by else replace(self, devices=())

    @property
    def vram_total(self) -> int:
        return sum(device.total for device in self.devices)

    @property
    def vram_free(self) -> int:
        return sum(device.free for device in self.devices)


@dataclass(frozen=True, slots=True)
class RunnerHandle:
    """A loaded runner."""

    id: str
    node: str
    pid: int
    client: RunnerClient
    log: LogRing

    @property
    def memory(self) -> MemoryUse | None:
        """The engine's own account, `None` as long as it gave none: it may log after it answers."""
        return self.log.memory


@dataclass(frozen=True, slots=True)
class RunnerProgressed:
    """A runner that is being loaded came to `progress` (0…1)."""

    id: str
    progress: float


@dataclass(frozen=True, slots=True)
class RunnerExited:
    """A runner has ended, whoever ended it. `reason` is the engine's own text, or empty."""

    id: str
    reason: str


EngineEvent = RunnerProgressed | RunnerExited


class Engine(Protocol):
    """Called by the scheduler alone."""

    async def nodes(self) -> Sequence[NodeInfo]:
        """The machines and what they have free now."""
        ...

    async def launch(self, spec: RunnerSpec) -> RunnerHandle:
        """Start a runner and return when it is ready. Raises `LoadFailed`; cancelling ends the child."""
        ...

    async def stop(self, runner: str, grace_s: float) -> None:
        """End a runner and return when it is gone. Unknown ids are ignored."""
        ...

    def events(self) -> AsyncIterator[EngineEvent]:
        """Every event, in order. There is one reader."""
        ...

    def log(self, runner: str) -> LogRing | None:
        """What a runner logged, for a while after its end too; `None` for unknown ids."""
        ...
