from __future__ import annotations

from dataclasses import replace

import pytest

from backend.engine.base import Device, NodeInfo
from backend.engine_choice import Choice, EngineName
from backend.scheduler.demand import LoadOptions
from backend.scheduler.plan import free_memory, make, settle, smaller_context
from backend.settings import Settings
from tests.scheduler.demands import FACTS, demand

GIB = 1 << 30
CPU = NodeInfo(id="local", memory_total=8 * GIB, memory_available=4 * GIB)
SETTINGS = Settings()
_CTRANSFORMERS = Choice(EngineName.CTRANSFORMERS, "")


@pytest.mark.section("A.6")
@pytest.mark.parametrize(("vram", "context"), [(0, 4096), (22 * GIB, 4096), (24 * GIB, 32768), (48 * GIB, 262144)])
def test_the_default_context_follows_video_memory(vram: int, context: int) -> None:
    node = replace(CPU, devices=(gpu(0, vram),))
    facts = replace(FACTS, trained_context=0)
    assert settle(LoadOptions(), facts, SETTINGS, node).num_ctx == context


@pytest.mark.section("A.6")
def test_the_context_is_clamped_to_what_was_trained() -> None:
    assert settle(LoadOptions(num_ctx=10**9), FACTS, SETTINGS, CPU).num_ctx == 8192
    assert settle(LoadOptions(num_ctx=1), FACTS, SETTINGS, CPU).num_ctx == 4


@pytest.mark.section("A.6")
def test_a_model_that_sees_has_room_for_an_image() -> None:
    facts = replace(FACTS, sees=True)
    assert settle(LoadOptions(num_ctx=64), facts, SETTINGS, CPU).num_ctx == 2048
    assert settle(LoadOptions(num_ctx=4096), facts, SETTINGS, CPU).num_ctx == 4096


def test_a_setting_gives_the_default_context() -> None:
    assert settle(LoadOptions(), FACTS, replace(SETTINGS, context_length=123), CPU).num_ctx == 123


def test_equal_demands_settle_equal() -> None:
    automatic = settle(LoadOptions(num_gpu=-1), FACTS, SETTINGS, CPU)
    assert automatic == settle(LoadOptions(num_ctx=4096), FACTS, SETTINGS, CPU)


def test_settling_twice_changes_nothing() -> None:
    once = settle(LoadOptions(), FACTS, SETTINGS, CPU)
    assert settle(once, FACTS, SETTINGS, CPU) == once


def test_four_slots_where_memory_allows() -> None:
    assert make(demand(), "r", SETTINGS, CPU).spec.slots == 4


def test_fewer_slots_where_the_cache_is_large() -> None:
    facts = replace(FACTS, kv_bytes_per_token=GIB // 1000)
    spec = make(demand(options=LoadOptions(num_ctx=640), facts=facts), "r", SETTINGS, CPU).spec
    assert spec.slots == 1
    wide = make(demand(options=LoadOptions(num_ctx=256), facts=facts), "r", SETTINGS, CPU).spec
    assert wide.slots == 2


def test_the_users_number_of_slots_wins() -> None:
    assert make(demand(), "r", replace(SETTINGS, num_parallel=7), CPU).spec.slots == 7


def test_embedding_models_have_one_slot_and_pool_by_themselves() -> None:
    spec = make(demand(facts=replace(FACTS, pools=True)), "r", SETTINGS, CPU).spec
    assert (spec.slots, spec.pooling) == (1, "")


def test_the_batch_never_exceeds_the_context() -> None:
    spec = make(demand(options=LoadOptions(num_ctx=100, num_batch=10**9)), "r", SETTINGS, CPU).spec
    assert spec.n_batch == 100


def test_memory_counts_file_and_cache_of_all_slots() -> None:
    planned = make(demand(), "r", SETTINGS, CPU)
    assert (planned.footprint.weights, planned.footprint.kv) == (1000, 10 * 256 * 4)  # the engine's least cache
    assert planned.need == sum((1000, 10 * 256 * 4, planned.footprint.compute))


def test_a_demand_may_choose_cache_type_and_slots() -> None:
    chosen = demand(options=LoadOptions(num_ctx=64, kv_cache_type="q8_0", num_parallel=2))
    planned = make(chosen, "r", replace(SETTINGS, kv_cache_type="q4_0", num_parallel=7), CPU)
    assert (planned.spec.kv_cache_type, planned.spec.slots) == ("q8_0", 2)
    assert planned.footprint.kv == 10 * 256 * 2 * 34 // 64


def test_families_that_cannot_share_have_one_slot() -> None:
    for family in ("mllama", "qwen3vlmoe", "nemotron_h_moe", "lfm2"):
        assert make(demand(facts=replace(FACTS, architecture=family)), "r", SETTINGS, CPU).spec.slots == 1


def test_a_model_goes_to_the_roomiest_accelerator_that_holds_it() -> None:
    node = replace(CPU, devices=(gpu(0, 8 * GIB), gpu(1, 24 * GIB)))
    assert make(demand(), "r", SETTINGS, node).spec.main_gpu == 1


def test_a_model_too_large_for_one_goes_to_all() -> None:
    node = replace(CPU, devices=(gpu(0, 8 * GIB), gpu(1, 24 * GIB)))
    large = demand(facts=replace(FACTS, file_size=22 * GIB))
    assert make(large, "r", SETTINGS, node).spec.main_gpu is None


def test_spreading_and_the_users_choice_win() -> None:
    node = replace(CPU, devices=(gpu(0, 8 * GIB), gpu(1, 24 * GIB)))
    assert make(demand(), "r", replace(SETTINGS, sched_spread=True), node).spec.main_gpu is None
    chosen = demand(options=LoadOptions(num_ctx=64, main_gpu=0))
    assert make(chosen, "r", SETTINGS, node).spec.main_gpu == 0


def test_large_contexts_get_large_batches_on_an_accelerator_alone() -> None:
    node = replace(CPU, devices=(gpu(0, 80 * GIB),))
    facts = replace(FACTS, trained_context=0)
    for length, batch in ((4096, 512), (32768, 1024), (65536, 2048)):
        wanted = demand(options=LoadOptions(num_ctx=length), facts=facts)
        assert make(wanted, "r", SETTINGS, node).spec.n_batch == batch
        assert make(wanted, "r", SETTINGS, CPU).spec.n_batch == 512
        on_cpu = replace(wanted, options=replace(wanted.options, num_gpu=0))
        assert make(on_cpu, "r", SETTINGS, node).spec.n_batch == 512


def test_a_part_of_video_memory_is_left_free() -> None:
    node = replace(CPU, devices=(gpu(0, 10 * GIB), gpu(1, 10 * GIB)))
    assert free_memory(node, SETTINGS) == 16 * GIB
    assert free_memory(node, replace(SETTINGS, gpu_overhead=5 * GIB)) == 8 * GIB
    assert free_memory(CPU, SETTINGS) == CPU.memory_available


def test_contexts_shrink_in_two_steps() -> None:
    assert [smaller_context(length) for length in (262144, 32768, 4096)] == [32768, 4096, None]


def gpu(index: int, memory: int) -> Device:
    return Device(index=index, name="G", bus=f"0:{index}", total=memory, free=memory)


def test_ctransformers_has_one_slot_and_leaves_accelerators_alone() -> None:
    node = replace(CPU, devices=(gpu(0, 24 * GIB),))
    settings = replace(SETTINGS, num_parallel=4, kv_cache_type="q8_0")
    asked = replace(demand(), engine=_CTRANSFORMERS, model_type="gpt2")
    spec = make(asked, "r", settings, node).spec
    assert (spec.slots, spec.gpu_layers, spec.main_gpu, spec.model_type) == (1, 0, None, "gpt2")
    assert make(asked, "r", settings, node).footprint == make(asked, "r", SETTINGS, node).footprint
    asked = replace(asked, options=LoadOptions(num_ctx=64, num_gpu=9))
    assert make(asked, "r", settings, node).spec.gpu_layers == 9


def test_the_usual_context_is_chosen_where_nobody_says_one() -> None:
    facts = replace(FACTS, trained_context=0, usual_context=2048)
    assert settle(LoadOptions(), facts, SETTINGS, CPU).num_ctx == 2048
    assert settle(LoadOptions(num_ctx=4096), facts, SETTINGS, CPU).num_ctx == 4096
