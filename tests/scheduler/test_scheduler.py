"""The scheduler with real processes: this machine as the engine, fake runners in it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from backend.engine.local import LocalEngine
from backend.errors import LoadFailed, QueueFull, RequestCanceled, RunnerDied
from backend.events import Changes
from backend.scheduler.demand import Demand, LoadOptions
from backend.scheduler.policy import Phase
from backend.scheduler.scheduler import Scheduler
from tests.fakes.backend import FAKE_RUNNER
from tests.fakes.gguf_file import LLAMA, write_gguf
from tests.scheduler.demands import demand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from backend.scheduler.book import RunnerStatus
    from backend.settings import Settings

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


@pytest.fixture
def house(settings: Settings, tmp_path: Path) -> MakeHouse:
    @asynccontextmanager
    async def start(**changed: object) -> AsyncIterator[House]:
        changes = Changes()
        async with LocalEngine(5.0, FAKE_RUNNER) as engine, asyncio.TaskGroup() as group:
            (node,) = await engine.nodes()
            scheduler = Scheduler(engine, node, replace(settings, **changed), changes)  # type: ignore[arg-type] # fields
            task = group.create_task(scheduler.run())
            yield House(scheduler, changes, tmp_path)
            task.cancel()

    return start


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
            waiting = asyncio.create_task(_use(h, h.model()))
            await h.until(lambda seen: seen[0].queued == 1)
        await waiting


async def test_requests_beyond_the_queue_are_refused(house: MakeHouse) -> None:
    async with house(num_parallel=1, max_queue=1) as h:
        async with h.scheduler.lease(h.model(), None):
            waiting = asyncio.create_task(_use(h, h.model()))
            await h.until(lambda seen: seen[0].queued == 1)
            with pytest.raises(QueueFull, match=r"please try again\.  maximum pending requests exceeded"):
                await _use(h, h.model())
        await waiting


async def test_two_models_are_held_at_once(house: MakeHouse) -> None:
    async with house() as h, h.scheduler.lease(h.model("a"), None) as a, h.scheduler.lease(h.model("b"), None) as b:
        assert a.runner != b.runner


async def test_the_limit_of_loaded_models_evicts_the_idle_one(house: MakeHouse) -> None:
    async with house(max_loaded_models=1) as h:
        await _use(h, h.model("a"))
        await _use(h, h.model("b"))
        assert [status.key for status in h.scheduler.statuses()] == ["b"]


async def test_a_busy_model_is_finished_before_it_is_evicted(house: MakeHouse) -> None:
    async with house(max_loaded_models=1) as h:
        async with h.scheduler.lease(h.model("a"), None) as lease:
            other = asyncio.create_task(_use(h, h.model("b")))
            await h.until(lambda seen: seen[0].phase is Phase.RETIRING)
            assert await lease.client.healthy()
        await other


async def test_another_context_length_reloads(house: MakeHouse) -> None:
    async with house() as h:
        await _use(h, h.model(num_ctx=64))
        async with h.scheduler.lease(h.model(num_ctx=128), None) as lease:
            assert lease.n_ctx == 128
        assert len(h.scheduler.statuses()) == 1


async def test_an_idle_model_expires(house: MakeHouse) -> None:
    async with house(keep_alive=0.1) as h:
        await _use(h, h.model())
        await h.until(lambda seen: not seen)


async def test_keep_alive_zero_unloads_at_once_and_sticks_until_changed(house: MakeHouse) -> None:
    async with house() as h:
        async with h.scheduler.lease(h.model(), 0.0):
            pass
        await h.until(lambda seen: not seen)


async def test_an_explicit_keep_alive_sticks(house: MakeHouse) -> None:
    async with house(keep_alive=0.0) as h:
        async with h.scheduler.lease(h.model(), 1000.0):
            pass
        await _use(h, h.model())
        assert h.scheduler.statuses()[0].keep_alive == 1000.0


async def test_unload_waits_for_the_request(house: MakeHouse) -> None:
    async with house() as h:
        async with h.scheduler.lease(h.model(), None) as lease:
            h.scheduler.unload("a")
            assert await lease.client.healthy()
        await h.until(lambda seen: not seen)


async def test_a_load_failure_reaches_everyone_who_waited(house: MakeHouse) -> None:
    async with house() as h:
        broken = h.model("a", "@slow_load=0.2 @refuse=bad_tensor")
        results = await asyncio.gather(*(_use(h, broken) for _ in range(3)), return_exceptions=True)
        assert [type(result) for result in results] == [LoadFailed] * 3
        await _use(h, h.model("b"))  # and nobody else


async def test_a_load_that_nobody_wants_any_more_is_aborted(house: MakeHouse) -> None:
    async with house() as h:
        loading = asyncio.create_task(_use(h, h.model("a", "@slow_load=60")))
        await h.until(lambda seen: bool(seen) and bool(psutil.Process().children()))
        loading.cancel()
        await h.until(lambda seen: not seen)
        assert not psutil.Process().children()
        await _use(h, h.model("b"))


async def test_a_load_goes_on_for_those_who_still_wait(house: MakeHouse) -> None:
    async with house() as h:
        model = h.model("a", "@slow_load=0.3")
        first, second = (asyncio.create_task(_use(h, model)) for _ in range(2))
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


async def test_a_model_larger_than_the_machine_is_refused(house: MakeHouse) -> None:
    async with house() as h:
        facts = replace(h.model().facts, file_size=1 << 60)
        with pytest.raises(LoadFailed, match="requires more system memory"):
            await _use(h, replace(h.model(), facts=facts))


async def test_an_impossible_request_evicts_nobody(house: MakeHouse) -> None:
    async with house() as h:
        await _use(h, h.model("a"))
        impossible = replace(h.model("b"), facts=replace(h.model().facts, file_size=1 << 60))
        with pytest.raises(LoadFailed):
            await _use(h, impossible)
        assert [(status.key, status.phase) for status in h.scheduler.statuses()] == [("a", Phase.READY)]


async def test_a_refused_request_moves_nothing(house: MakeHouse) -> None:
    async with house(max_queue=0, max_loaded_models=1) as h:
        with pytest.raises(QueueFull):
            await _use(h, h.model("a"))
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
        first = asyncio.create_task(_use(h, broken))
        await h.until(lambda seen: bool(seen))
        sound = replace(broken, options=LoadOptions(num_ctx=128), weights=h.model("sound").weights)
        second = asyncio.create_task(_use(h, sound))
        with pytest.raises(LoadFailed):
            await first
        await second


async def test_a_request_that_gives_up_retires_nobody(house: MakeHouse) -> None:
    async with house(max_loaded_models=1) as h:
        async with h.scheduler.lease(h.model("a"), None) as lease:
            other = asyncio.create_task(_use(h, h.model("b")))
            await h.until(lambda seen: seen[0].phase is Phase.RETIRING)
            other.cancel()
            await h.until(lambda seen: seen[0].phase is Phase.READY)
        async with h.scheduler.lease(h.model("a"), None) as again:
            assert again.runner == lease.runner


async def test_a_runner_that_failed_a_request_gets_no_other(house: MakeHouse) -> None:
    async with house() as h:
        with pytest.raises(RunnerDied):
            async with h.scheduler.lease(h.model(), None) as lease:
                raise RunnerDied("it sent garbage")
        async with h.scheduler.lease(h.model(), None) as again:
            assert again.runner != lease.runner


async def test_shutdown_fails_those_who_wait(house: MakeHouse) -> None:
    async with house(num_parallel=1) as h:
        held = asyncio.create_task(_hold(h, h.model()))
        await h.until(lambda seen: bool(seen) and seen[0].active == 1)
        waiting = asyncio.create_task(_use(h, h.model()))
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


async def _use(h: House, wanted: Demand) -> None:
    async with h.scheduler.lease(wanted, None):
        pass


async def _hold(h: House, wanted: Demand) -> None:
    async with h.scheduler.lease(wanted, None):
        await asyncio.Event().wait()
