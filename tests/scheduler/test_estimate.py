"""What an estimate says, beside what the scheduler then does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backend.engine.base import Device, NodeInfo
from backend.runner.log import MemoryUse, PlaceUse
from backend.scheduler.demand import LoadOptions
from backend.scheduler.estimate import Estimate, Held, estimate, gives_back
from backend.scheduler.plan import as_wanted, make
from backend.scheduler.policy import Loaded, Phase
from backend.settings import Settings
from tests.scheduler.demands import FACTS, demand
from tests.scheduler.house import use

if TYPE_CHECKING:
    from backend.scheduler.demand import Demand
    from tests.scheduler.house import MakeHouse

GIB = 1 << 30
MACHINE = NodeInfo(id="local", memory_total=16 * GIB, memory_available=10 * GIB)
BIG = replace(FACTS, file_size=4 * GIB, kv_bytes_per_token=GIB // 4096)


def held(key: str, gib: float, *, keep_alive: float = 300.0, phase: Phase = Phase.READY) -> Held:
    """A runner whose end gives back `gib` GiB of the machine's memory."""
    wanted = as_wanted(demand(key), Settings(), MACHINE)
    seen = Loaded(f"runner-{key}", wanted, phase, active=0, slots=4, keep_alive=keep_alive, need=1000)
    memory = MemoryUse(int(gib * GIB), 0, (PlaceUse("CPU", 0, int(gib * GIB), 0),))
    return Held(seen, gives_back(memory, make(wanted, "", Settings(), MACHINE)))


def asked(num_ctx: int = 4096, available: float = 10, *runners: Held) -> Estimate:
    wanted = demand("new", LoadOptions(num_ctx=num_ctx, num_parallel=1), BIG)
    node = replace(MACHINE, memory_available=int(available * GIB))
    return estimate(wanted, runners, node, Settings())


def test_what_fits_evicts_nothing() -> None:
    found = asked(4096, 10, held("a", 3))
    assert (found.fits, found.evicts, found.loaded, found.refusal) == (True, (), False, "")
    (box,) = found.boxes
    assert (box.device, box.share.weights, box.share.kv) == (None, 4 * GIB, GIB)
    assert box.taken == 6 * GIB


def test_what_does_not_fit_evicts_until_it_does() -> None:
    runners = held("a", 1, keep_alive=900), held("b", 1, keep_alive=100), held("c", 1, keep_alive=500)
    found = asked(4096, 3.5, *runners)
    assert found.evicts == ("runner-b", "runner-c")
    assert found.fits
    assert found.boxes[0].taken == 10.5 * GIB


def test_what_never_fits_says_so() -> None:
    found = asked(8192, 3, held("a", 1))
    assert (found.fits, found.evicts) == (False, ("runner-a",))
    assert found.boxes[0].free < 0
    huge = estimate(demand("new", facts=replace(BIG, file_size=99 * GIB)), (), MACHINE, Settings())
    assert "requires more system memory (99.3 GiB)" in huge.refusal


def test_the_longest_context_is_the_longest_that_fits() -> None:
    found = asked(256, 5.5)
    assert asked(found.most_context, 5.5).fits
    assert not asked(found.most_context + 256, 5.5).fits
    assert asked(256, 10).most_context == BIG.trained_context
    assert asked(256, 1).most_context == 0


def test_a_model_that_is_loaded_as_it_is_wanted_changes_nothing() -> None:
    mine = held("new", 1)
    same = replace(mine, loaded=replace(mine.loaded, demand=as_wanted(demand("new", facts=BIG), Settings(), MACHINE)))
    found = estimate(demand("new", facts=BIG), [same], MACHINE, Settings())
    assert (found.loaded, found.evicts) == (True, ())
    other = estimate(demand("new", LoadOptions(num_ctx=128), BIG), [same], MACHINE, Settings())
    assert (other.loaded, other.evicts) == (False, ("runner-new",))


def test_a_runner_that_ends_already_is_gone() -> None:
    found = asked(4096, 4.5, held("a", 1, phase=Phase.STOPPING), held("b", 1))
    assert (found.evicts, found.fits) == ((), True)


def test_a_cache_type_and_fewer_layers_take_less() -> None:
    node = replace(MACHINE, devices=(Device(0, "G", "0:0", 8 * GIB, 8 * GIB),))
    facts = replace(BIG, layers=4, layer_bytes=4 * GIB)

    def on_gpu(**options: object) -> int:
        chosen = LoadOptions(num_ctx=4096, num_parallel=1, **options)  # type: ignore[arg-type] # fields
        return estimate(demand("new", chosen, facts), (), node, Settings()).boxes[0].share.total

    assert on_gpu(kv_cache_type="q4_0") < on_gpu(kv_cache_type="q8_0") < on_gpu()
    assert on_gpu(num_gpu=2) < on_gpu()
    assert on_gpu(num_gpu=0) == 0


def test_an_engine_that_says_nothing_gives_back_what_was_predicted() -> None:
    planned = make(as_wanted(demand(facts=BIG), Settings(), MACHINE), "", Settings(), MACHINE)
    (share,) = gives_back(None, planned)
    assert (share.device, share.weights, share.kv) == (None, 0, planned.footprint.kv)


@pytest.mark.parametrize("most", [1, 2, 3])
async def test_the_scheduler_evicts_what_was_estimated(house: MakeHouse, most: int) -> None:
    async with house(max_loaded_models=most) as h:
        for key in "abc":
            await use(h, h.model(key))
        before = {status.id for status in h.scheduler.statuses()}
        wanted = h.model("d")
        said = await h.scheduler.estimate(wanted)
        await use(h, wanted)
        after = await h.until(lambda seen: not {status.id for status in seen} & set(said.evicts))
        assert before - {status.id for status in after} == set(said.evicts)
        assert len(said.evicts) == 1


async def test_the_scheduler_plans_what_was_estimated(house: MakeHouse) -> None:
    async with house() as h:
        wanted: Demand = replace(h.model("a"), options=LoadOptions(num_ctx=512, kv_cache_type="q8_0", num_parallel=2))
        said = await h.scheduler.estimate(wanted)
        await use(h, wanted)
        (status,) = h.scheduler.statuses()
        assert (status.n_ctx, status.slots, status.footprint) == (said.spec.n_ctx, said.spec.slots, said.footprint)
        assert (await h.scheduler.estimate(wanted)).loaded
        assert (await h.scheduler.estimate(h.model("a", num_ctx=128))).evicts == (status.id,)
