"""Blocking steps, driven from the event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

Item = TypeVar("Item")
Result = TypeVar("Result")


async def in_thread(work: Callable[..., Result], *args: Any) -> Result:
    """The result of short blocking work. When cancelled it still waits for the thread, so that whoever comes next, or
    closes what the thread uses, finds no thread at work.
    """
    step = asyncio.ensure_future(asyncio.to_thread(work, *args))
    try:
        return await asyncio.shield(step)
    except asyncio.CancelledError:
        await asyncio.wait([step])
        raise


async def threaded(steps: Generator[Item, None, None]) -> AsyncGenerator[Item, None]:
    """The items of `steps`, each made in a thread. Close it (`contextlib.aclosing`) if it may be left early.

    Steps are to be short: a cancelled one is waited for.
    """
    try:
        while True:
            items = await in_thread(_next, steps)
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
