from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from backend.engine.base import NodeInfo
from backend.scheduler.demand import LoadOptions
from backend.scheduler.plan import memory_need, runner_spec, settle
from backend.settings import Settings
from tests.scheduler.demands import FACTS, demand

if TYPE_CHECKING:
    from backend.runner.spec import RunnerSpec

GIB = 1 << 30
CPU = NodeInfo(id="local", memory_total=8 * GIB, memory_available=4 * GIB)
SETTINGS = Settings()


@pytest.mark.parametrize(("vram", "context"), [(0, 4096), (22 * GIB, 4096), (24 * GIB, 32768), (48 * GIB, 262144)])
def test_the_default_context_follows_video_memory(vram: int, context: int) -> None:
    node = replace(CPU, gpus=1, vram_total=vram)
    facts = replace(FACTS, trained_context=0)
    assert settle(LoadOptions(), facts, SETTINGS, node).num_ctx == context


def test_the_context_is_clamped_to_what_was_trained() -> None:
    assert settle(LoadOptions(num_ctx=10**9), FACTS, SETTINGS, CPU).num_ctx == 8192
    assert settle(LoadOptions(num_ctx=1), FACTS, SETTINGS, CPU).num_ctx == 4


def test_a_setting_gives_the_default_context() -> None:
    assert settle(LoadOptions(), FACTS, replace(SETTINGS, context_length=123), CPU).num_ctx == 123


def test_equal_demands_settle_equal() -> None:
    automatic = settle(LoadOptions(num_gpu=-1), FACTS, SETTINGS, CPU)
    assert automatic == settle(LoadOptions(num_ctx=4096), FACTS, SETTINGS, CPU)


def test_settling_twice_changes_nothing() -> None:
    once = settle(LoadOptions(), FACTS, SETTINGS, CPU)
    assert settle(once, FACTS, SETTINGS, CPU) == once


def test_four_slots_where_memory_allows() -> None:
    assert runner_spec(demand(), "r", SETTINGS, CPU).slots == 4


def test_fewer_slots_where_the_cache_is_large() -> None:
    facts = replace(FACTS, kv_bytes_per_token=GIB // 100)
    spec = runner_spec(demand(options=LoadOptions(num_ctx=64), facts=facts), "r", SETTINGS, CPU)
    assert spec.slots == 1
    wide = runner_spec(demand(options=LoadOptions(num_ctx=40), facts=facts), "r", SETTINGS, CPU)
    assert wide.slots == 2


def test_the_users_number_of_slots_wins() -> None:
    assert runner_spec(demand(), "r", replace(SETTINGS, num_parallel=7), CPU).slots == 7


def test_embedding_models_have_one_slot_and_pool_by_themselves() -> None:
    spec = runner_spec(demand(facts=replace(FACTS, pools=True)), "r", SETTINGS, CPU)
    assert (spec.slots, spec.pooling) == (1, "")


def test_the_batch_never_exceeds_the_context() -> None:
    spec = runner_spec(demand(options=LoadOptions(num_ctx=100, num_batch=10**9)), "r", SETTINGS, CPU)
    assert spec.n_batch == 100


def test_memory_counts_file_and_cache_of_all_slots() -> None:
    spec = runner_spec(demand(), "r", SETTINGS, CPU)
    assert memory_need(FACTS, spec) == 1000 + 10 * 64 * 4
    assert memory_need(FACTS, replace_cache(spec, "q8_0")) < memory_need(FACTS, spec)


def replace_cache(spec: RunnerSpec, kind: str) -> RunnerSpec:

    return msgspec.structs.replace(spec, kv_cache_type=kind)
