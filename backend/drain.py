"""The end of a backend, told to those who wait for an answer: what is under way may end, nothing new begins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.events import Changes
    from backend.monitor.requests import LiveRequests

DRAIN_S = 10.0


async def drained(live: LiveRequests, changes: Changes, seconds: float, hurry: asyncio.Event) -> None:
    """Returns when no generation is under way, after so many seconds, or when `hurry` is set."""
    idle = asyncio.create_task(_idle(live, changes), name="drain")
    told = asyncio.create_task(hurry.wait(), name="hurry")
    try:
        await asyncio.wait((idle, told), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        idle.cancel()
        told.cancel()


async def _idle(live: LiveRequests, changes: Changes) -> None:
    while True:
        seen = changes.revision
        if not any(live):
            return
        await changes.wait(seen)
