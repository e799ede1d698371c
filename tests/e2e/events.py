"""Waiting for the state of a backend, told by itself."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend.client import Client
    from backend.wire.workstation import Snapshot


async def until(client: Client, reached: Callable[[Snapshot], bool], timeout: float = 20) -> Snapshot:
    """The first snapshot with `reached`; `TimeoutError` after `timeout` seconds."""
    async with asyncio.timeout(timeout), aclosing(client.events()) as events:
        async for snapshot in events:
            if reached(snapshot):
                return snapshot
    raise AssertionError("the events ended")
