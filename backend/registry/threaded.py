"""Blocking steps, driven from the event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

Item = TypeVar("Item")


async def threaded(steps: Generator[Item, None, None]) -> AsyncGenerator[Item, None]:
    """The items of `steps`, each made in a thread. Close it (`contextlib.aclosing`) if it may be left early.

    A cancelled step is waited for, so that whoever comes next finds no thread at work; steps are to be short.
    """
    try:
        while True:
            step = asyncio.ensure_future(asyncio.to_thread(_next, steps))
            try:
                items = await asyncio.shield(step)
            except asyncio.CancelledError:
                await asyncio.wait([step])
                raise
            if not items:
                return
            yield items[0]
    finally:
        steps.close()


def _next(steps: Generator[Item, None, None]) -> tuple[Item, ...]:
    """One item or none: `StopIteration` cannot pass through a future."""
    for item in steps:
        return (item,)
    return ()
