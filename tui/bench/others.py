"""What else the backend did meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from backend.client import Client
    from backend.wire.workstation import RequestView


@asynccontextmanager
async def watched(client: Client, agent: str) -> AsyncIterator[dict[str, RequestView]]:
    """By their ids the requests of other programs than `agent` that are seen while the block lasts.

    The backend tells what lasts longer than a tenth of a second.
    """
    seen: dict[str, RequestView] = {}
    watching = asyncio.create_task(_watch(client, agent, seen))
    try:
        yield seen
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _watch(client: Client, agent: str, seen: dict[str, RequestView]) -> None:
    async with aclosing(client.events()) as snapshots:
        async for snapshot in snapshots:
            seen.update({request.id: request for request in snapshot.requests if request.client != agent})
