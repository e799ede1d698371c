"""The scheduler's fixture."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backend.engine.local import LocalEngine
from backend.events import Changes
from backend.scheduler.scheduler import Scheduler
from tests.fakes.backend import FAKE_RUNNER
from tests.scheduler.house import House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from backend.settings import Settings
    from tests.scheduler.house import MakeHouse


@pytest.fixture
def house(settings: Settings, tmp_path: Path) -> MakeHouse:
    @asynccontextmanager
    async def start(gpus: str = "", **changed: object) -> AsyncIterator[House]:
        changes = Changes()
        command = (*FAKE_RUNNER, f"--gpus={gpus}") if gpus else FAKE_RUNNER
        async with LocalEngine(5.0, command) as engine, asyncio.TaskGroup() as group:
            scheduler = Scheduler(engine, replace(settings, **changed), changes)  # type: ignore[arg-type] # fields
            task = group.create_task(scheduler.run())
            yield House(scheduler, changes, tmp_path)
            task.cancel()

    return start
