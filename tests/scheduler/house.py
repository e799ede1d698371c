"""A scheduler with real processes: this machine as the engine, fake runners in it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from backend.scheduler.demand import Demand, LoadOptions
from tests.fakes.gguf_file import LLAMA, write_gguf
from tests.scheduler.demands import demand

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from backend.events import Changes
    from backend.scheduler.book import RunnerStatus
    from backend.scheduler.scheduler import Scheduler

    MakeHouse = Callable[..., AbstractAsyncContextManager["House"]]


class House:
    """A scheduler that runs, and how to look at it."""

    def __init__(self, scheduler: Scheduler, changes: Changes, folder: Path) -> None:
        self.scheduler = scheduler
        self._changes = changes
        self._folder = folder

    def model(self, key: str = "a", words: str = "", num_ctx: int = 64) -> Demand:
        path = write_gguf(self._folder / f"{key}.gguf", {**LLAMA, "general.description": f"{words} "})
        return replace(demand(key, LoadOptions(num_ctx=num_ctx)), weights=path)

    async def until(self, condition: Callable[[list[RunnerStatus]], bool]) -> list[RunnerStatus]:
        """The statuses as soon as they meet the condition."""
        async with asyncio.timeout(10):
            while not condition(statuses := self.scheduler.statuses()):
                await self._changes.wait(self._changes.revision)
        return statuses


async def use(h: House, wanted: Demand) -> None:
    async with h.scheduler.lease(wanted, None):
        pass


async def hold(h: House, wanted: Demand) -> None:
    async with h.scheduler.lease(wanted, None):
        await asyncio.Event().wait()
