"""Starting and ending runners: the scheduler's effects, each in a task of its own."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from backend.errors import BackendError, LoadFailed
from backend.scheduler.messages import Failed, Launched

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend.engine.base import Engine
    from backend.scheduler.book import Entry

_STOP_GRACE_S = 2.0
_log = logging.getLogger(__name__)


async def launch(engine: Engine, entry: Entry, tell: Callable[[Launched | Failed], None]) -> None:
    """Load a model and tell how it went. Never raises but when cancelled."""
    try:
        handle = await engine.launch(entry.spec)
    except asyncio.CancelledError:
        tell(Failed(entry.id, None))
        raise
    except BackendError as error:
        tell(Failed(entry.id, error))
    except Exception as error:  # noqa: BLE001 # the boundary of the launch task: one model must not end the rest
        _log.exception("launching %s failed", entry.demand.name)
        kind = type(error).__name__
        tell(Failed(entry.id, LoadFailed(f"the model could not be loaded ({kind}); see the log")))
    else:
        tell(Launched(entry.id, handle))


async def stop(engine: Engine, runner: str) -> None:
    """End a runner; what the system refuses is logged."""
    try:
        await engine.stop(runner, _STOP_GRACE_S)
    except OSError:
        _log.exception("stopping runner %s failed", runner)
