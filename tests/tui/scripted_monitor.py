"""Devices and runners of a scripted backend: estimates and logs are what a test sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from backend.errors import NotFound
from backend.wire.workstation import (
    BoxView,
    DeviceView,
    EstimateView,
    HolderView,
    LoadRequest,
    LogView,
    ModelEngineView,
    RunnerView,
)

if TYPE_CHECKING:
    from collections.abc import Callable

GB = 1_000_000_000


def device(**changes: Any) -> DeviceView:
    """A GPU at work."""
    view = DeviceView(
        name="NVIDIA H100 80GB HBM3",
        kind="nvidia",
        bus="0000:01:00.0",
        memory_total=80 * GB,
        memory_used=30 * GB,
        use=61.0,
        power=412.0,
        power_limit=700.0,
        temperature=64.0,
        clock=1755.0,
        models=[HolderView(model="gemma3:270m", memory=5 * GB)],
    )
    return msgspec.structs.replace(view, **changes)


def box(name: str = "RAM", **changes: Any) -> BoxView:
    """A device of 8 GB that has room."""
    view = BoxView(name=name, total=8 * GB, taken=3 * GB, weights=GB, kv=GB // 2, compute=GB // 10, free=0)
    view = msgspec.structs.replace(view, **changes)
    view.free = view.total - view.taken - view.weights - view.kv - view.compute
    return view


def estimate(model: str = "smollm2:135m", **changes: Any) -> EstimateView:
    """A load that fits and evicts nothing."""
    view = EstimateView(
        model=model,
        num_ctx=4096,
        num_parallel=4,
        kv_cache_type="",
        layers_on_gpu=0,
        layers=0,
        trained_context=8192,
        weights=GB,
        kv=GB // 2,
        compute=GB // 10,
        boxes=[box()],
        fits=True,
        loaded=False,
        evicts=[],
        most_context=8192,
        refusal="",
    )
    return msgspec.structs.replace(view, **changes)


class ScriptedMonitor:
    """`estimated` answers every estimate, a longer context than asked for included; `logs` are lines by runner."""

    def __init__(self, note: Callable[[str, object], None]) -> None:
        self._note = note
        self.estimated = estimate()
        self.logs: dict[str, list[str]] = {}
        self.running: set[str] = set()
        self.loaded: RunnerView | None = None
        self.engine = ModelEngineView(model="", engine="llama.cpp", version="1.2", reason="reads GGUF files")

    async def estimate(self, request: LoadRequest) -> EstimateView:
        self._note("estimate", request)
        asked = request.options.get("num_ctx", self.estimated.num_ctx)
        return msgspec.structs.replace(
            self.estimated,
            model=request.model,
            num_ctx=asked,
            num_parallel=request.num_parallel or self.estimated.num_parallel,
            kv_cache_type=request.kv_cache_type or self.estimated.kv_cache_type,
        )

    async def engine_of(self, model: str) -> ModelEngineView:
        self._note("engine", model)
        return self.engine

    async def load(self, request: LoadRequest) -> RunnerView:
        self._note("planned load", request)
        assert self.loaded is not None
        return self.loaded

    async def keep(self, runner: str, keep_alive: float | str) -> None:
        self._note("keep", (runner, keep_alive))

    async def unload(self, runner: str) -> None:
        self._note("unload runner", runner)

    async def unload_all(self) -> None:
        self._note("unload all", None)

    async def log(self, runner: str, start: int = 0) -> LogView:
        self._note("log", (runner, start))
        lines = self.logs.get(runner)
        if lines is None:
            raise NotFound(f"the log of {runner!r} is gone")
        return LogView(lines=lines[start:], next=len(lines), running=runner in self.running)
