"""The backend's state as the bodies of Puna's own API: put together from all who know a part of it."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from backend import __version__
from backend.engine_choice import EngineName
from backend.http.reply import printable
from backend.monitor.device import bus_address
from backend.monitor.machine import Machine, resident
from backend.wire.workstation import (
    DeviceView,
    EndedView,
    HolderView,
    MachineView,
    PlaceView,
    RequestView,
    RunnerView,
    Snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.downloads.queue import DownloadQueue
    from backend.engine.base import Device
    from backend.http.engines import Engines
    from backend.monitor.device import DeviceUse
    from backend.monitor.requests import LiveRequest, LiveRequests
    from backend.monitor.sampler import Sampler
    from backend.scheduler.book import RunnerStatus
    from backend.scheduler.scheduler import Scheduler
    from backend.sessions.store import SessionStore
    from backend.store.store import Store


class Views:
    """What all who watch see. Looking costs about a millisecond, and wakes the sampler of the devices."""

    def __init__(
        self,
        scheduler: Scheduler,
        live: LiveRequests,
        store: Store,
        sessions: SessionStore,
        downloads: DownloadQueue,
        sampler: Sampler,
        engines: Engines,
    ) -> None:
        self._scheduler = scheduler
        self._live = live
        self._store = store
        self._sessions = sessions
        self._downloads = downloads
        self._sampler = sampler
        self._machine = Machine()
        self._versions = {engine: engines.version(engine) for engine in EngineName}

    def snapshot(self) -> Snapshot:
        """The state at this moment."""
        now = time.monotonic()
        machine = self.machine(self._sampler.look())
        return Snapshot(
            version=__version__,
            models_revision=self._store.revision,
            sessions_revision=self._sessions.revision,
            runners=self.runners(),
            requests=self.requests(),
            memory_total=machine.memory_total,
            memory_available=machine.memory_available,
            cpu=machine.cpu,
            cores=machine.cores,
            load=machine.load,
            devices=machine.devices,
            downloads=self._downloads.views(),
            ended=[
                EndedView(id=one.id, model=one.name, reason=printable(one.reason), ago=now - one.at)
                for one in self._scheduler.ended()
            ],
        )

    def runners(self) -> list[RunnerView]:
        """Every runner."""
        now = time.monotonic()
        live = list(self._live)
        statuses = self._scheduler.statuses()
        return [_runner_view(one, live, now, self._versions[one.engine.engine]) for one in statuses]

    def requests(self) -> list[RequestView]:
        """Every live generation."""
        now = time.monotonic()
        return [_request_view(one, now) for one in self._live]

    def machine(self, uses: Sequence[DeviceUse]) -> MachineView:
        """The machine, with its accelerators as they were sampled, and those that the engine alone knows."""
        use = self._machine.use()
        statuses = self._scheduler.statuses()
        indices = {bus_address(device.bus): device.index for device in self._scheduler.devices}
        devices = [_device_view(one, _holders(one, indices.get(one.bus), statuses)) for one in uses]
        sampled = {one.bus for one in uses}
        others = [one for one in self._scheduler.devices if bus_address(one.bus) not in sampled]
        devices += [_untold_view(one, _told(one.index, statuses)) for one in others]
        return MachineView(
            memory_total=use.memory_total,
            memory_available=use.memory_available,
            cpu=use.cpu,
            cores=use.cores,
            load=use.load,
            devices=devices,
        )

    async def machine_now(self) -> MachineView:
        """As `machine`, with the devices known."""
        return self.machine(await self._sampler.known())


def _device_view(use: DeviceUse, models: list[HolderView]) -> DeviceView:
    return DeviceView(
        name=printable(use.name),
        kind=use.kind,
        bus=use.bus,
        memory_total=use.memory_total,
        memory_used=use.memory_used,
        use=use.use,
        power=use.power,
        power_limit=use.power_limit,
        temperature=use.temperature,
        clock=use.clock,
        bandwidth=use.bandwidth,
        models=models,
    )


def _untold_view(device: Device, models: list[HolderView]) -> DeviceView:
    """A device whose driver cannot be asked: as it was found, and what our own models took of it since."""
    used = device.total - device.free + sum(model.memory for model in models)
    return DeviceView(
        name=printable(device.name),
        kind="other",
        bus=device.bus,
        memory_total=device.total,
        memory_used=min(used, device.total),
        models=models,
    )


def _holders(use: DeviceUse, index: int | None, statuses: Sequence[RunnerStatus]) -> list[HolderView]:
    """By the driver's account of processes; where it does not know ours (in a container), by the engine's own."""
    found = [HolderView(model=one.name, memory=use.held[one.pid]) for one in statuses if one.pid in use.held]
    return found if found or index is None else _told(index, statuses)


def _told(index: int, statuses: Sequence[RunnerStatus]) -> list[HolderView]:
    found = []
    for status in statuses:
        places = status.memory.places if status.memory else ()
        memory = sum(place.weights + place.kv + place.compute for place in places if place.device == index)
        if memory:
            found.append(HolderView(model=status.name, memory=memory))
    return found


def _request_view(live: LiveRequest, now: float) -> RequestView:
    return RequestView(
        id=live.id,
        model=printable(live.model),
        kind=live.kind,
        client=live.caller.program,
        address=live.caller.address,
        state=live.state,
        runner=live.runner,
        prompt_tokens=live.prompt_tokens,
        prompt_total=live.prompt_total,
        prefill_per_second=live.prefill_rate,
        tokens=live.tokens,
        tokens_per_second=live.rate(now),
        first_token=live.first_token - live.started if live.tokens else None,
        elapsed=now - live.started,
    )


def _runner_view(status: RunnerStatus, live: Sequence[LiveRequest], now: float, version: str) -> RunnerView:
    own = [one for one in live if one.runner == status.id]
    memory, predicted = status.memory, status.footprint
    return RunnerView(
        id=status.id,
        model=status.name,
        state=status.phase.value,
        engine=status.engine.engine.value,
        engine_reason=status.engine.reason,
        engine_version=version,
        progress=status.progress,
        size=status.size,
        size_vram=status.size_vram,
        resident=resident(status.pid),
        context_length=status.n_ctx,
        slots=status.slots,
        active=status.active,
        queued=status.queued,
        tokens_per_second=sum(one.rate(now) for one in own),
        prefill_per_second=sum(one.prefill_rate for one in own if one.state == "prefill"),
        expires_in=status.expires_in,
        weights=memory.weights if memory else predicted.weights,
        kv=memory.kv if memory else predicted.kv,
        compute=memory.compute if memory else predicted.compute,
        places=[
            PlaceView(device=place.place, weights=place.weights, kv=place.kv, compute=place.compute)
            for place in (memory.places if memory else ())
        ],
        layers_on_gpu=memory.layers_on_gpu if memory else 0,
        layers=memory.layers if memory else 0,
        kv_cache_type=status.kv_cache_type,
        pinned=status.keep_alive == math.inf,
    )
