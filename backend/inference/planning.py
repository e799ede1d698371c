"""Loading a model with what one asks for, and what that would do: Puna's own loads."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from backend.duration import parse_keep_alive
from backend.errors import BadRequest
from backend.inference import options as option
from backend.inference.target import find

if TYPE_CHECKING:
    from backend.monitor.requests import LiveRequest
    from backend.scheduler.demand import Demand
    from backend.scheduler.estimate import Estimate
    from backend.scheduler.scheduler import Scheduler
    from backend.store.store import Store
    from backend.wire.workstation import LoadRequest

_CACHE_TYPES = ("f16", "q8_0", "q4_0", "bf16", "f32")  # those of OLLAMA_KV_CACHE_TYPE
_MOST_SLOTS = 64


class Planning:
    """Both raise `ModelNotFound`, and `BackendError` for what cannot be asked for."""

    def __init__(
        self, store: Store, scheduler: Scheduler, *, go_template: bool | None = None, own_server: bool = False
    ) -> None:
        self._scheduler = scheduler
        self._find = partial(find, store, go_template=go_template, own_server=own_server)

    async def estimate(self, request: LoadRequest) -> tuple[Demand, Estimate]:
        """What `load` would do now; nothing is loaded."""
        demand = await self._demand(request)
        return demand, await self._scheduler.estimate(demand)

    async def load(self, request: LoadRequest, live: LiveRequest) -> str:
        """The id of a runner that is loaded so. Raises `LoadFailed` and `QueueFull` too."""
        demand = await self._demand(request)
        keep_alive = None if request.keep_alive is None else parse_keep_alive(request.keep_alive)
        async with self._scheduler.lease(demand, keep_alive, live.waiting_for) as lease:
            return lease.runner

    async def _demand(self, request: LoadRequest) -> Demand:
        if request.kv_cache_type is not None and request.kv_cache_type not in _CACHE_TYPES:
            raise BadRequest(f"kv_cache_type must be one of {', '.join(_CACHE_TYPES)}")
        if request.num_parallel is not None and not 1 <= request.num_parallel <= _MOST_SLOTS:
            raise BadRequest(f"num_parallel must be a number from 1 to {_MOST_SLOTS}")
        target = await asyncio.to_thread(self._find, request.model)
        options = option.resolve(target.stored.params, request.options, shift=target.shifts(None))
        demand = target.demand(options)
        own = replace(demand.options, kv_cache_type=request.kv_cache_type, num_parallel=request.num_parallel)
        return replace(demand, options=own)
