"""What happens next to a waiting request: a pure function of what is loaded and what is wanted (section H)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.scheduler.demand import Demand


class Phase(Enum):
    """Where a loaded model stands. `RETIRING` finishes what it has and takes nothing new."""

    LOADING = "loading"
    READY = "ready"
    RETIRING = "retiring"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A runner as the policy sees it. `keep_alive` in seconds, `need` in bytes."""

    id: str
    demand: Demand
    phase: Phase
    active: int
    slots: int
    keep_alive: float
    need: int


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_loaded` runners; `free` bytes for one more."""

    max_loaded: int
    free: float = math.inf


@dataclass(frozen=True, slots=True)
class Grant:
    """Let the request use this runner now."""

    runner: str


@dataclass(frozen=True, slots=True)
class Load:
    """Start a runner for the request."""


@dataclass(frozen=True, slots=True)
class Retire:
    """Unload this runner once it is idle, then look again."""

    runner: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing can be done before something else changes."""


Decision = Grant | Load | Retire | Wait
_SCHEDULERS = ("num_gpu", "kv_cache_type", "num_parallel")  # options that whatever was chosen before fits


def decide(wanted: Demand, need: int, loaded: Sequence[Loaded], limits: Limits) -> Decision:
    """The next step for a request that wants `wanted`, which is expected to take `need` bytes."""
    mine = next((runner for runner in loaded if runner.demand.key == wanted.key), None)
    if mine is not None:
        return join(wanted, mine)
    if any(runner.phase is Phase.LOADING for runner in loaded):
        return Wait()  # one load at a time: two would take the same memory for free
    if loaded and (len(loaded) >= limits.max_loaded or need > limits.free):
        return _make_room(loaded)
    return Load()


def join(wanted: Demand, mine: Loaded) -> Decision:
    """The next step for a request whose model is loaded in `mine`, or is about to be."""
    if mine.phase is not Phase.READY:
        return Wait()
    if not compatible(wanted, mine.demand):
        return Retire(mine.id)
    return Grant(mine.id) if mine.active < mine.slots else Wait()


def compatible(wanted: Demand, loaded: Demand) -> bool:
    """Whether a runner that was loaded for `loaded` serves `wanted` as it is.

    Another engine never does: what they can do differs. What `wanted` leaves to the scheduler fits whatever the
    scheduler has chosen before.
    """
    options = wanted.options
    if wanted.automatic_context and loaded.automatic_context:
        options = replace(options, num_ctx=loaded.options.num_ctx)
    left = {name: getattr(loaded.options, name) for name in _SCHEDULERS if getattr(options, name) is None}
    options = replace(options, **left)
    asked = (wanted.engine.engine, wanted.model_type, options, wanted.adapters, wanted.projectors)
    return asked == (loaded.engine.engine, loaded.model_type, loaded.options, loaded.adapters, loaded.projectors)


def _make_room(loaded: Sequence[Loaded]) -> Decision:
    """Retire one: an idle one before a busy one, then the shortest keep-alive, then by path."""
    if any(runner.phase is not Phase.READY for runner in loaded):
        return Wait()  # one is on its way out already
    victim = min(loaded, key=lambda runner: (runner.active > 0, runner.keep_alive, str(runner.demand.weights)))
    return Retire(victim.id)
