"""What the scheduler's inbox carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.engine.base import EngineEvent

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.errors import BackendError
    from backend.scheduler.book import Ticket


@dataclass(frozen=True, slots=True)
class Want:
    """A request asks for a slot."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Leave:
    """A request is done with its slot, or no longer wants one. `broken`: the runner failed it."""

    ticket: Ticket
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Unload:
    """Unload the model with these weights when it is idle."""

    key: str


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep a runner for `keep_alive` seconds after its last use."""

    runner: str
    keep_alive: float


@dataclass(frozen=True, slots=True)
class Exhausted:
    """An engine ran out of memory while it worked: everything loaded is to be unloaded when it is idle."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A load is complete."""

    runner: str
    handle: RunnerHandle


@dataclass(frozen=True, slots=True)
class Failed:
    """A load failed with `error`, or was given up (`None`)."""

    runner: str
    error: BackendError | None


Message = Want | Leave | Unload | Keep | Exhausted | Launched | Failed | EngineEvent
