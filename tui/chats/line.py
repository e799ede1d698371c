"""Waiting for the line to the backend, by whoever has something to say or to hear on it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.connection import RETRY_DELAYS_S, Link

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.connection import Connection


class Line:
    """`connection` gives the one in use."""

    def __init__(self, connection: Callable[[], Connection]) -> None:
        self._connection = connection
        self._came_up = asyncio.Event()

    def came_up(self) -> None:
        """The backend is there again: whoever waits goes on."""
        self._came_up.set()
        self._came_up.clear()

    async def up(self, attempt: int) -> None:
        """Wait until the line comes up, or for a moment if it is up and another connection of ours broke."""
        is_up = self._connection().link is Link.UP
        try:
            async with asyncio.timeout(RETRY_DELAYS_S[min(attempt, len(RETRY_DELAYS_S) - 1)] if is_up else None):
                await self._came_up.wait()
        except TimeoutError:
            return
