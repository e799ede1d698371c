"""The scheduler's books: who waits, what is loaded, who holds a slot. Written by the scheduler's task alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend.scheduler.estimate import Held, gives_back
from backend.scheduler.policy import Loaded, Phase

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from backend.engine.base import RunnerHandle
    from backend.engine_choice import Choice
    from backend.errors import BackendError
    from backend.runner.log import MemoryUse
    from backend.runner.spec import RunnerSpec
    from backend.runner.stream import RunnerClient
    from backend.scheduler.demand import Demand
    from backend.scheduler.memory import Footprint
    from backend.scheduler.plan import Plan


@dataclass(frozen=True, slots=True)
class Lease:
    """One slot of a loaded runner. `load_s` is how long the request waited for it, in seconds."""

    runner: str
    client: RunnerClient
    n_ctx: int
    n_batch: int
    load_s: float


@dataclass(frozen=True, slots=True)
class RunnerStatus:
    """A runner for people. Sizes in bytes; `expires_in` in seconds, `None` while busy or for ever."""

    id: str
    name: str
    key: str
    phase: Phase
    progress: float
    pid: int
    n_ctx: int
    slots: int
    active: int
    queued: int
    size: int
    size_vram: int
    memory: MemoryUse | None  # as the engine says
    footprint: Footprint  # as it was predicted
    kv_cache_type: str
    engine: Choice
    keep_alive: float
    expires_in: float | None


@dataclass(frozen=True, slots=True)
class Ended:
    """A runner that failed to load or died. `at` by the scheduler's clock, `reason` in the engine's words."""

    id: str
    name: str
    key: str
    reason: str
    at: float


@dataclass(slots=True, eq=False)
class Ticket:
    """A request in the queue or, once granted, in a slot."""

    demand: Demand
    keep_alive: float | None
    waiting_for: Callable[[str], None]
    since: float
    granted: asyncio.Future[Lease]
    runner: str = ""
    alone: bool = False  # its load failed for want of memory: the next one has the machine to itself

    def fail(self, error: BackendError) -> None:
        if not self.granted.done():
            self.granted.set_exception(error)


@dataclass(slots=True, eq=False)
class Entry:
    """A runner and what is known about it. Times are the scheduler's clock."""

    demand: Demand
    plan: Plan
    keep_alive: float
    phase: Phase = Phase.LOADING
    handle: RunnerHandle | None = None
    launch: asyncio.Task[None] | None = None
    progress: float = 0.0
    active: int = 0
    broken: bool = False  # it failed a request: no other gets it
    expires_at: float = field(default=math.inf)

    @property
    def id(self) -> str:
        return self.plan.spec.id

    @property
    def spec(self) -> RunnerSpec:
        return self.plan.spec

    @property
    def idle(self) -> bool:
        """Loaded, and nobody holds a slot."""
        return self.active == 0 and self.phase in {Phase.READY, Phase.RETIRING}

    def rest(self, now: float) -> None:
        """Start the keep-alive timer, if nobody holds a slot."""
        if self.active == 0:
            self.expires_at = now + self.keep_alive

    def grant(self, ticket: Ticket, now: float) -> None:
        """Give a slot to a request. A request that was cancelled meanwhile gives it back by its `Leave`."""
        if self.handle is None:
            raise RuntimeError("a slot was granted on a runner that is not loaded")
        self.active += 1
        self.expires_at = math.inf
        if ticket.keep_alive is not None:
            self.keep_alive = ticket.keep_alive
        ticket.runner = self.id
        if not ticket.granted.done():
            lease = Lease(self.id, self.handle.client, self.spec.n_ctx, self.spec.n_batch, now - ticket.since)
            ticket.granted.set_result(lease)

    def seen(self) -> Loaded:
        """What the policy may know."""
        return Loaded(self.id, self.demand, self.phase, self.active, self.spec.slots, self.keep_alive, self.plan.need)

    def held(self) -> Held:
        """The same, and what its end would give back."""
        return Held(self.seen(), gives_back(self.handle.memory if self.handle else None, self.plan))

    def ended(self, reason: str, now: float) -> Ended:
        """What is left of it."""
        return Ended(self.id, self.demand.name, self.demand.key, reason, now)

    def status(self, now: float, queued: int) -> RunnerStatus:
        memory = self.handle.memory if self.handle else None
        return RunnerStatus(
            id=self.id,
            name=self.demand.name,
            key=self.demand.key,
            phase=self.phase,
            progress=self.progress,
            pid=self.handle.pid if self.handle else 0,
            n_ctx=self.spec.n_ctx,
            slots=self.spec.slots,
            active=self.active,
            queued=queued,
            size=memory.total if memory else self.demand.facts.file_size,
            size_vram=memory.vram if memory else 0,
            memory=memory,
            footprint=self.plan.footprint,
            kv_cache_type=self.spec.kv_cache_type,
            engine=self.demand.engine,
            keep_alive=self.keep_alive,
            expires_in=None if self.expires_at == math.inf else max(self.expires_at - now, 0.0),
        )
