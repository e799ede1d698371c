"""Queue, slots and leases, with real processes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from backend.errors import LoadFailed, QueueFull, RequestCanceled, RunnerDied
from backend.scheduler.demand import Demand, LoadOptions
from tests.scheduler.house import hold, use

if TYPE_CHECKING:
    from tests.scheduler.house import House, MakeHouse


async def test_a_lease_loads_and_the_next_reuses(house: MakeHouse) -> None:
    async with house() as h:
        async with h.scheduler.lease(h.model(), None) as first:
            assert await first.client.healthy()
        async with h.scheduler.lease(h.model(), None) as second:
            assert second.runner == first.runner
            assert second.load_s < first.load_s


async def test_slots_are_shared_and_no_more(house: MakeHouse) -> None:
    async with house(num_parallel=2) as h, AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(h.scheduler.lease(h.model(), None))
        third = asyncio.create_task(stack.enter_async_context(h.scheduler.lease(h.model(), None)))
        statuses = await h.until(lambda seen: bool(seen) and seen[0].queued == 1)
        assert (statuses[0].active, third.done()) == (2, False)
        third.cancel()
        await h.until(lambda seen: seen[0].queued == 0)


async def test_a_returned_slot_goes_to_the_next_in_line(house: MakeHouse) -> None:
    async with house(num_parallel=1) as h:
        async with h.scheduler.lease(h.model(), None):
            waiting = asyncio.create_task(use(h, h.model()))
            await h.until(lambda seen: seen[0].queued == 1)
        await waiting


async def test_requests_beyond_the_queue_are_refused(house: MakeHouse) -> None:
    async with house(num_parallel=1, max_queue=1) as h:
        async with h.scheduler.lease(h.model(), None):
            waiting = asyncio.create_task(use(h, h.model()))
            await h.until(lambda seen: seen[0].queued == 1)
            with pytest.raises(QueueFull, match=r"please try again\.  maximum pending requests exceeded"):
                await use(h, h.model())
        await waiting


async def test_two_models_are_held_at_once(house: MakeHouse) -> None:
    async with house() as h, h.scheduler.lease(h.model("a"), None) as a, h.scheduler.lease(h.model("b"), None) as b:
        assert a.runner != b.runner


async def test_a_load_failure_reaches_everyone_who_waited(house: MakeHouse) -> None:
    async with house() as h:
        broken = h.model("a", "@slow_load=0.2 @refuse=bad_tensor")
        results = await asyncio.gather(*(use(h, broken) for _ in range(3)), return_exceptions=True)
        assert [type(result) for result in results] == [LoadFailed] * 3
        await use(h, h.model("b"))  # and nobody else


async def test_a_load_that_nobody_wants_any_more_is_aborted(house: MakeHouse) -> None:
    async with house() as h:
        loading = asyncio.create_task(use(h, h.model("a", "@slow_load=60")))
        await h.until(lambda seen: bool(seen) and bool(psutil.Process().children()))
        loading.cancel()
        await h.until(lambda seen: not seen)
        assert not psutil.Process().children()
        await use(h, h.model("b"))


async def test_a_load_goes_on_for_those_who_still_wait(house: MakeHouse) -> None:
    async with house() as h:
        model = h.model("a", "@slow_load=0.3")
        first, second = (asyncio.create_task(use(h, model)) for _ in range(2))
        await h.until(lambda seen: bool(seen) and seen[0].queued == 2)
        first.cancel()
        await second


async def test_a_runner_that_died_is_replaced(house: MakeHouse) -> None:
    async with house() as h:
        async with h.scheduler.lease(h.model(), None) as lease:
            psutil.Process(h.scheduler.statuses()[0].pid).kill()
            await h.until(lambda seen: not seen)
        async with h.scheduler.lease(h.model(), None) as again:
            assert again.runner != lease.runner
            assert h.scheduler.statuses()[0].active == 1


async def test_a_refused_request_moves_nothing(house: MakeHouse) -> None:
    async with house(max_queue=0, max_loaded_models=1) as h:
        with pytest.raises(QueueFull):
            await use(h, h.model("a"))
        assert h.scheduler.statuses() == []


async def test_models_are_served_in_the_order_of_their_oldest_request(house: MakeHouse) -> None:
    served: list[str] = []

    async def use(h: House, wanted: Demand) -> None:
        async with h.scheduler.lease(wanted, None):
            served.append(wanted.key)

    async with house(max_loaded_models=1) as h:
        models = [h.model(key) for key in "abc"]
        await asyncio.gather(*(use(h, model) for model in models))
    assert served == ["a", "b", "c"]


async def test_a_failed_load_fails_no_other_kind_of_load(house: MakeHouse) -> None:
    async with house() as h:
        broken = h.model("a", "@slow_load=0.2 @refuse=bad_tensor")
        first = asyncio.create_task(use(h, broken))
        await h.until(lambda seen: bool(seen))
        sound = replace(broken, options=LoadOptions(num_ctx=128), weights=h.model("sound").weights)
        second = asyncio.create_task(use(h, sound))
        with pytest.raises(LoadFailed):
            await first
        await second


async def test_a_runner_that_failed_a_request_gets_no_other(house: MakeHouse) -> None:
    async with house() as h:
        with pytest.raises(RunnerDied):
            async with h.scheduler.lease(h.model(), None) as lease:
                raise RunnerDied("it sent garbage")
        async with h.scheduler.lease(h.model(), None) as again:
            assert again.runner != lease.runner


async def test_shutdown_fails_those_who_wait(house: MakeHouse) -> None:
    async with house(num_parallel=1) as h:
        held = asyncio.create_task(hold(h, h.model()))
        await h.until(lambda seen: bool(seen) and seen[0].active == 1)
        waiting = asyncio.create_task(use(h, h.model()))
        await h.until(lambda seen: seen[0].queued == 1)
    with pytest.raises(RequestCanceled):
        await waiting
    held.cancel()


async def test_many_clients_never_exceed_the_slots(house: MakeHouse) -> None:
    holding = most = 0

    async def use(h: House, wanted: Demand) -> None:
        nonlocal holding, most
        async with h.scheduler.lease(wanted, None):
            holding += 1
            most = max(most, holding)
            await asyncio.sleep(0)
            holding -= 1

    async with house(num_parallel=2, max_loaded_models=1) as h:
        models = {key: h.model(key) for key in "ab"}
        await asyncio.gather(*(use(h, models["ab"[n % 2]]) for n in range(20)))
        assert most == 2
        assert sum(status.active for status in h.scheduler.statuses()) == 0
