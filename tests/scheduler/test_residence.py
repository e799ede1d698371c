"""What stays loaded, what is unloaded for whom, with real processes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backend.errors import EngineRefused, LoadFailed
from backend.scheduler.demand import LoadOptions
from backend.scheduler.policy import Phase
from tests.scheduler.house import use

if TYPE_CHECKING:
    from tests.scheduler.house import MakeHouse


async def test_the_limit_of_loaded_models_evicts_the_idle_one(house: MakeHouse) -> None:
    async with house(max_loaded_models=1) as h:
        await use(h, h.model("a"))
        await use(h, h.model("b"))
        assert [status.key for status in h.scheduler.statuses()] == ["b"]


async def test_a_busy_model_is_finished_before_it_is_evicted(house: MakeHouse) -> None:
    async with house(max_loaded_models=1) as h:
        async with h.scheduler.lease(h.model("a"), None) as lease:
            other = asyncio.create_task(use(h, h.model("b")))
            await h.until(lambda seen: seen[0].phase is Phase.RETIRING)
            assert await lease.client.healthy()
        await other


async def test_another_context_length_reloads(house: MakeHouse) -> None:
    async with house() as h:
        await use(h, h.model(num_ctx=64))
        async with h.scheduler.lease(h.model(num_ctx=128), None) as lease:
            assert lease.n_ctx == 128
        assert len(h.scheduler.statuses()) == 1


async def test_an_idle_model_expires(house: MakeHouse) -> None:
    async with house(keep_alive=0.1) as h:
        await use(h, h.model())
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
        await use(h, h.model())
        assert h.scheduler.statuses()[0].keep_alive == 1000.0


async def test_unload_waits_for_the_request(house: MakeHouse) -> None:
    async with house() as h:
        async with h.scheduler.lease(h.model(), None) as lease:
            h.scheduler.unload("a")
            assert await lease.client.healthy()
        await h.until(lambda seen: not seen)


async def test_a_model_larger_than_the_machine_is_refused(house: MakeHouse) -> None:
    async with house() as h:
        facts = replace(h.model().facts, file_size=1 << 60)
        with pytest.raises(LoadFailed, match="requires more system memory"):
            await use(h, replace(h.model(), facts=facts))


async def test_an_impossible_request_evicts_nobody(house: MakeHouse) -> None:
    async with house() as h:
        await use(h, h.model("a"))
        impossible = replace(h.model("b"), facts=replace(h.model().facts, file_size=1 << 60))
        with pytest.raises(LoadFailed):
            await use(h, impossible)
        assert [(status.key, status.phase) for status in h.scheduler.statuses()] == [("a", Phase.READY)]


async def test_a_request_that_gives_up_retires_nobody(house: MakeHouse) -> None:
    async with house(max_loaded_models=1) as h:
        async with h.scheduler.lease(h.model("a"), None) as lease:
            other = asyncio.create_task(use(h, h.model("b")))
            await h.until(lambda seen: seen[0].phase is Phase.RETIRING)
            other.cancel()
            await h.until(lambda seen: seen[0].phase is Phase.READY)
        async with h.scheduler.lease(h.model("a"), None) as again:
            assert again.runner == lease.runner


async def test_an_automatic_context_shrinks_until_it_fits(house: MakeHouse) -> None:
    async with house(gpus="64") as h:
        facts = replace(h.model().facts, trained_context=0)
        model = replace(h.model("a", "@needs_less_than=30000"), facts=facts, options=LoadOptions())
        async with h.scheduler.lease(model, None) as lease:
            assert lease.n_ctx == 4096
        async with h.scheduler.lease(model, None) as again:  # and is not tried anew
            assert again.runner == lease.runner


async def test_want_of_memory_unloads_the_others_once(house: MakeHouse) -> None:
    async with house() as h:
        await use(h, h.model("a"))
        with pytest.raises(LoadFailed, match="out of memory"):
            await use(h, h.model("b", "@needs_less_than=1"))
        assert h.scheduler.statuses() == []
        await use(h, h.model("a"))


async def test_an_engine_out_of_memory_unloads_everything(house: MakeHouse) -> None:
    async with house() as h:
        await use(h, h.model("a"))
        with pytest.raises(EngineRefused):
            async with h.scheduler.lease(h.model("b"), None):
                raise EngineRefused("CUDA error: out of memory")
        await h.until(lambda seen: not seen)


async def test_a_model_is_placed_on_one_of_several_accelerators(house: MakeHouse) -> None:
    async with house(gpus="8,24") as h, h.scheduler.lease(h.model(), None) as lease:
        assert (await lease.client.call("/journal", {}))["spec"]["main_gpu"] == 1
