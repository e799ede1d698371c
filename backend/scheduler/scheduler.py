"""The one task that owns runners, queue and leases. Everybody else sends it messages.

Decisions are made in `policy` and `plan`, effects happen behind the `Engine` protocol; here is only the bookkeeping.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from backend.engine.base import RunnerExited, RunnerProgressed
from backend.errors import EngineRefused, LoadFailed, QueueFull, RequestCanceled, RunnerDied
from backend.runner.log import is_out_of_memory
from backend.scheduler import plan, policy
from backend.scheduler.book import Ended, Entry, Lease, RunnerStatus, Ticket
from backend.scheduler.estimate import Estimate, estimate
from backend.scheduler.launch import launch, stop
from backend.scheduler.messages import Exhausted, Failed, Keep, Launched, Leave, Message, Unload, Want
from backend.scheduler.policy import Grant, Limits, Load, Phase, Retire, Wait

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from backend.engine.base import Device, Engine, NodeInfo
    from backend.errors import BackendError
    from backend.events import Changes
    from backend.runner.log import LogRing
    from backend.scheduler.demand import Demand
    from backend.settings import Settings

_MOST_ENDED = 8
_QUEUE_FULL = "server busy, please try again.  maximum pending requests exceeded"  # the specification's words
_log = logging.getLogger(__name__)


class Scheduler:
    """`run` must be awaited by one task for as long as leases are wanted. `clock` counts seconds and never jumps.

    `devices` are the accelerators that the engine can use, as they were when they were found.
    """

    _node: NodeInfo  # as it was when a request last had to wait

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        changes: Changes,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._changes = changes
        self._clock = clock
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._waiting: list[Ticket] = []
        self._entries: dict[str, Entry] = {}
        self._launches = 0
        self.devices: Sequence[Device] = ()
        self._ended: deque[Ended] = deque(maxlen=_MOST_ENDED)

    async def run(self) -> None:
        """Serve messages until cancelled."""
        self._node = (await self._engine.nodes())[0]
        self.devices = self._node.devices
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._forward_events(), name="engine events")
                while True:
                    message = await self._receive()
                    while message is not None:
                        self._handle(message)
                        message = None if self._inbox.empty() else self._inbox.get_nowait()
                    await self._advance(group)
                    self._expire(group)
                    self._changes.touch()
        finally:
            for ticket in self._waiting:
                ticket.fail(RequestCanceled("the backend is shutting down"))

    @asynccontextmanager
    async def lease(
        self, demand: Demand, keep_alive: float | None, waiting_for: Callable[[str], None] = lambda _: None
    ) -> AsyncIterator[Lease]:
        """One slot of a runner that serves `demand`, loaded if need be, for as long as the block lasts.

        `keep_alive` in seconds sticks to the runner; `None` leaves what it has. `waiting_for` hears "queued" and
        "loading". Raises `QueueFull` and `LoadFailed`. Cancelling gives the place in the queue back, and aborts a
        load that nobody else waits for. A block that fails with `RunnerDied` takes the runner out of service: who
        asks next gets another one, however late the death itself is noticed.
        """
        ticket = Ticket(demand, keep_alive, waiting_for, self._clock(), asyncio.get_running_loop().create_future())
        self._inbox.put_nowait(Want(ticket))
        broken = False
        try:
            yield await ticket.granted
        except RunnerDied:
            broken = True
            raise
        except EngineRefused as error:
            if is_out_of_memory(error.message):
                self._inbox.put_nowait(Exhausted())
            raise
        finally:
            self._inbox.put_nowait(Leave(ticket, broken))

    def unload(self, key: str) -> None:
        """Unload the model with these weights as soon as it is idle. A model that is not loaded is ignored."""
        self._inbox.put_nowait(Unload(key))

    def keep(self, runner: str, keep_alive: float) -> None:
        """Keep a runner for so many seconds after its last use; at 0 it goes when it is idle. Ignores unknown ids."""
        self._inbox.put_nowait(Keep(runner, keep_alive))

    async def estimate(self, demand: Demand) -> Estimate:
        """What a request for `demand` would do now, if nothing else waited."""
        node = (await self._engine.nodes())[0].seen_by(demand.engine.engine)
        held = [entry.held() for entry in self._entries.values()]
        return estimate(demand, held, node, self._settings)

    def ended(self) -> list[Ended]:
        """Runners that failed to load or died, and whose model was not loaded since; the latest first."""
        return [*reversed(self._ended)]

    def statuses(self) -> list[RunnerStatus]:
        """What is loaded or being loaded, longest remaining time first."""
        waiting = [ticket.demand.key for ticket in self._waiting]
        statuses = [entry.status(self._clock(), waiting.count(entry.demand.key)) for entry in self._entries.values()]
        return sorted(statuses, key=lambda status: -(math.inf if status.expires_in is None else status.expires_in))

    def log(self, runner: str) -> LogRing | None:
        """What a runner wrote, or one that ended lately; `None` for one that is forgotten."""
        return self._engine.log(runner)

    async def _forward_events(self) -> None:
        async for event in self._engine.events():
            self._inbox.put_nowait(event)

    async def _receive(self) -> Message | None:
        """The next message, or `None` when the next keep-alive has run out."""
        now = self._clock()
        next_expiry = min((entry.expires_at for entry in self._entries.values() if entry.idle), default=math.inf)
        delay = None if next_expiry == math.inf else max(next_expiry - now, 0.0)
        try:
            async with asyncio.timeout(delay):
                return await self._inbox.get()
        except TimeoutError:
            return None

    def _handle(self, message: Message) -> None:
        match message:
            case Want(ticket):
                self._want(ticket)
            case Leave(ticket, broken):
                self._leave(ticket, broken=broken)
            case Unload(key):
                for entry in self._entries.values():
                    if entry.demand.key == key:
                        entry.keep_alive = 0.0
                        entry.rest(self._clock())
            case Keep(identity, keep_alive):
                if kept := self._entries.get(identity):
                    kept.keep_alive = keep_alive
                    kept.rest(self._clock())
            case Exhausted():
                for entry in self._entries.values():
                    entry.broken = entry.broken or entry.phase is Phase.READY
            case Launched(identity, handle):
                loaded = self._entries[identity]
                loaded.handle, loaded.phase = handle, Phase.READY
                loaded.rest(self._clock())
                self._ended = deque((one for one in self._ended if one.key != loaded.demand.key), _MOST_ENDED)
                self._serve(loaded.demand.key)
            case Failed(identity, error):
                self._forget(self._entries.pop(identity), error)
            case RunnerProgressed(identity, progress):
                if identity in self._entries:
                    self._entries[identity].progress = progress
            case RunnerExited(identity, reason):
                known = self._entries.get(identity)
                if known is not None and known.phase is not Phase.LOADING:  # a launch reports itself
                    del self._entries[identity]
                    if known.phase is not Phase.STOPPING:
                        if not known.broken:
                            self._ended.append(known.ended(reason, self._clock()))
                        _log.error("runner %s of %s ended by itself: %s", identity, known.demand.name, reason)

    def _want(self, ticket: Ticket) -> None:
        ticket.demand = plan.as_wanted(ticket.demand, self._settings, self._node.seen_by(ticket.demand.engine.engine))
        self._waiting.append(ticket)
        self._serve(ticket.demand.key)
        if len(self._waiting) > self._settings.max_queue:  # then it was not served, and must not move anything
            self._waiting.remove(ticket)
            ticket.fail(QueueFull(_QUEUE_FULL))

    def _leave(self, ticket: Ticket, *, broken: bool) -> None:
        entry = self._entries.get(ticket.runner)
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        elif entry is not None:
            entry.active -= 1
            entry.rest(self._clock())
            if broken and not entry.broken:
                _log.error("runner %s of %s failed a request", entry.id, entry.demand.name)
                self._ended.append(entry.ended("it failed while it served a request", self._clock()))
                entry.broken = True
                entry.phase = Phase.RETIRING if entry.phase is Phase.READY else entry.phase
        for loading in self._entries.values():
            wanted = any(waiting.demand.key == loading.demand.key for waiting in self._waiting)
            if loading.phase is Phase.LOADING and not wanted and loading.launch is not None:
                loading.launch.cancel()
                loading.launch = None  # a second cancel would interrupt the killing
        self._serve(ticket.demand.key)

    def _serve(self, key: str) -> None:
        """Give the free slots of a model to those who wait for it, in order of arrival."""
        entry = next((entry for entry in self._entries.values() if entry.demand.key == key), None)
        if entry is None:
            return
        for ticket in [waiting for waiting in self._waiting if waiting.demand.key == key]:
            if not isinstance(policy.join(ticket.demand, entry.seen()), Grant):
                return
            self._waiting.remove(ticket)
            entry.grant(ticket, self._clock())

    def _forget(self, entry: Entry, error: BackendError | None) -> None:
        """Drop a runner that could not be launched, and fail whoever waited for the very same load. Want of memory is
        met once: by a shorter context where the length was ours to choose, else by unloading everything else.
        """
        if error is None:
            return
        self._ended.append(entry.ended(error.message, self._clock()))
        smaller = plan.smaller_context(entry.spec.n_ctx) if entry.demand.automatic_context else None
        others = len(self._entries) > 0
        for ticket in list(self._waiting):
            if ticket.demand.key != entry.demand.key or not policy.compatible(ticket.demand, entry.demand):
                continue
            if is_out_of_memory(error.message) and smaller is not None:
                ticket.demand = replace(ticket.demand, options=replace(ticket.demand.options, num_ctx=smaller))
            elif is_out_of_memory(error.message) and others and not ticket.alone:
                ticket.alone = True
            else:
                self._waiting.remove(ticket)
                ticket.fail(error)

    def _expire(self, group: asyncio.TaskGroup) -> None:
        now = self._clock()
        for entry in self._entries.values():
            if entry.idle and (entry.phase is Phase.RETIRING or entry.expires_at <= now):
                entry.phase = Phase.STOPPING
                group.create_task(stop(self._engine, entry.id), name=f"stop {entry.id}")

    async def _advance(self, group: asyncio.TaskGroup) -> None:
        """Make way for the waiting requests whose models are not there."""
        # Who is retired follows from who waits now: a request that gave up retires nobody.
        for entry in self._entries.values():
            if entry.phase in {Phase.READY, Phase.RETIRING}:
                entry.phase = Phase.RETIRING if entry.broken else Phase.READY
        if not self._waiting:
            return
        self._node = (await self._engine.nodes())[0]
        oldest: dict[str, Ticket] = {}  # the oldest request for a model speaks for the others
        for ticket in self._waiting:
            oldest.setdefault(ticket.demand.key, ticket)
        for ticket in oldest.values():
            self._make_way(ticket, group)
        loading = {entry.demand.key for entry in self._entries.values() if entry.phase is Phase.LOADING}
        for ticket in self._waiting:
            ticket.waiting_for("loading" if ticket.demand.key in loading else "queued")

    def _make_way(self, ticket: Ticket, group: asyncio.TaskGroup) -> None:
        """Serve the model if it is free, else load it, or retire another to make room for it."""
        demand, node = ticket.demand, self._node.seen_by(ticket.demand.engine.engine)
        planned = plan.make(demand, f"{demand.key[:8]}-{self._launches}", self._settings, node)
        spec = planned.spec
        if refusal := plan.refusal(planned.need, node):
            self._waiting.remove(ticket)
            ticket.fail(LoadFailed(refusal))
            return
        limits = Limits(max_loaded=1) if ticket.alone else plan.limits(node, self._settings)
        match policy.decide(demand, planned.need, [entry.seen() for entry in self._entries.values()], limits):
            case Grant():
                self._serve(demand.key)
            case Retire(identity):
                self._entries[identity].phase = Phase.RETIRING
            case Load():
                self._launches += 1
                keep_alive = self._settings.keep_alive if ticket.keep_alive is None else ticket.keep_alive
                entry = self._entries[spec.id] = Entry(demand, planned, keep_alive)
                entry.launch = group.create_task(
                    launch(self._engine, entry, self._inbox.put_nowait), name=f"launch {spec.id}"
                )
            case Wait():
                pass
