"""Devices, runners, their logs and loads, for the typed client of a backend: `client.monitor`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from backend.wire import workstation as wire

if TYPE_CHECKING:
    from backend.calls import Calls

_RUNNERS = "/puna/v1/runners"
_ENGINES = "/puna/v1/engines"


class MonitorClient:
    """What the machine does and what runs on it. Errors are those of `Calls`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def machine(self) -> wire.MachineView:
        """The machine and its accelerators now."""
        return await self._calls.call("GET", "/puna/v1/devices", wire.MachineView)

    async def runners(self) -> list[wire.RunnerView]:
        """Every runner, longest remaining time first."""
        return await self._calls.call("GET", _RUNNERS, list[wire.RunnerView])

    async def engines(self) -> list[wire.EngineView]:
        """The engines that the backend has."""
        return await self._calls.call("GET", _ENGINES, list[wire.EngineView])

    async def engine_of(self, model: str) -> wire.ModelEngineView:
        """Which engine runs a model, and why."""
        return await self._calls.call("GET", f"{_ENGINES}/of?model={quote(model, safe='')}", wire.ModelEngineView)

    async def estimate(self, request: wire.LoadRequest) -> wire.EstimateView:
        """What `load` would take and do now."""
        return await self._calls.call("POST", "/puna/v1/estimate", wire.EstimateView, request)

    async def load(self, request: wire.LoadRequest) -> wire.RunnerView:
        """Load a model so; returns when it is ready."""
        return await self._calls.call("POST", _RUNNERS, wire.RunnerView, request)

    async def roofline(self, model: str, *, memory: bool) -> wire.RooflineView:
        """What bounds the decoding of a model; `memory` measures the machine's own, which takes half a second."""
        request = wire.RooflineRequest(model=model, memory=memory)
        return await self._calls.call("POST", "/puna/v1/roofline", wire.RooflineView, request)

    async def keep(self, runner: str, keep_alive: float | str) -> None:
        """How long a runner stays after its last use; below 0 for ever."""
        await self._calls.tell("PATCH", _path(runner), wire.KeepRequest(keep_alive=keep_alive))

    async def unload(self, runner: str) -> None:
        """Unload a runner as soon as it is idle."""
        await self._calls.tell("DELETE", _path(runner))

    async def unload_all(self) -> None:
        """Unload every runner as soon as it is idle."""
        await self._calls.tell("DELETE", _RUNNERS)

    async def log(self, runner: str, start: int = 0) -> wire.LogView:
        """Lines of a runner's log from number `start` on; also of one that ended lately. Raises `NotFound` after."""
        return await self._calls.call("GET", f"{_path(runner)}/log?from={start}", wire.LogView)


def _path(runner: str) -> str:
    return f"{_RUNNERS}/{quote(runner, safe='')}"
