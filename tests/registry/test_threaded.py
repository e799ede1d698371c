"""Blocking steps in threads."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from backend.registry.threaded import in_thread, threaded

if TYPE_CHECKING:
    from collections.abc import Generator


async def test_items_come_in_order_from_another_thread() -> None:
    def steps() -> Generator[tuple[int, int], None, None]:
        for number in range(3):
            yield number, threading.get_ident()

    items = [item async for item in threaded(steps())]
    assert [number for number, _ in items] == [0, 1, 2]
    assert threading.get_ident() not in {thread for _, thread in items}


async def test_an_error_of_a_step_is_raised() -> None:
    def steps() -> Generator[int, None, None]:
        yield 1
        raise ValueError("broken")

    async with aclosing(threaded(steps())) as items:
        assert await anext(items) == 1
        with pytest.raises(ValueError, match="broken"):
            await anext(items)


async def test_cancelling_waits_for_the_step_and_closes() -> None:
    started, finish, events = threading.Event(), threading.Event(), []

    def steps() -> Generator[int, None, None]:
        try:
            started.set()
            finish.wait()
            events.append("step")
            yield 1
        finally:
            events.append("closed")

    async def consume() -> None:
        events.extend([f"item {item}" async for item in threaded(steps())])

    task = asyncio.create_task(consume())
    await asyncio.to_thread(started.wait)
    task.cancel()
    finish.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events == ["step", "closed"]


async def test_closing_takes_place_in_a_thread() -> None:
    threads: list[int] = []

    def steps() -> Generator[int, None, None]:
        try:
            yield 1
        finally:
            threads.append(threading.get_ident())

    async with aclosing(threaded(steps())) as items:
        assert await anext(items) == 1
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_slow_steps_leave_the_other_threads_alone() -> None:
    finish = threading.Event()

    def steps() -> Generator[int, None, None]:
        finish.wait(60)
        yield 1

    async def consume() -> list[int]:
        return [item async for item in threaded(steps())]

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(consume()) for _ in range(40)]
        try:
            await asyncio.sleep(0)  # they all have asked for their first step
            async with asyncio.timeout(10):
                assert await in_thread(lambda: "done") == "done"
        finally:
            finish.set()
    assert [task.result() for task in tasks] == [[1]] * 40


async def test_cancelled_work_ends_before_the_caller_goes_on() -> None:
    started, finish, events = threading.Event(), threading.Event(), []

    def work() -> None:
        started.set()
        finish.wait()
        events.append("worked")

    async def caller() -> None:
        try:
            await in_thread(work)
        finally:
            events.append("left")

    task = asyncio.create_task(caller())
    await asyncio.to_thread(started.wait)
    task.cancel()
    finish.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events == ["worked", "left"]
