"""Blocking steps, driven from the event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

Item = TypeVar("Item")
Result = TypeVar("Result")

# Steps may take half a second each and go on for minutes: everything else has the loop's own threads for itself.
_pool = ThreadPoolExecutor(4, thread_name_prefix="steps")


async def in_thread(work: Callable[..., Result], *args: Any) -> Result:
    """The result of short blocking work. When cancelled it still waits for the thread, so that whoever comes next, or
    closes what the thread uses, finds no thread at work.
    """
    return await _ended(asyncio.to_thread(work, *args))


async def threaded(steps: Generator[Item, None, None]) -> AsyncGenerator[Item, None]:
    """The items of `steps`, each made in a thread. Close it (`contextlib.aclosing`) if it may be left early.

    Steps are to be short: a cancelled one is waited for. `steps` is closed in a thread too: that may end a child
    process or remove a large file.
    """
    loop = asyncio.get_running_loop()
    try:
        while True:
            items = await _ended(loop.run_in_executor(_pool, _next, steps))
            if not items:
                return
            yield items[0]
    finally:
        await _ended(loop.run_in_executor(_pool, steps.close))


async def _ended(work: Awaitable[Result]) -> Result:
    step = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(step)
    except asyncio.CancelledError:
        await asyncio.wait([step])
        raise


def _next(steps: Generator[Item, None, None]) -> tuple[Item, ...]:
    """One item or none: `StopIteration` cannot pass through a future."""
    for item in steps:
        return (item,)
    return ()
