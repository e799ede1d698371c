from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.scheduler.demand import LoadOptions
from backend.scheduler.policy import Grant, Limits, Load, Loaded, Phase, Retire, Wait, compatible, decide
from tests.scheduler.demands import demand

ROOMY = Limits(max_loaded=3, free=10**9)


def loaded(key: str = "a", **changes: object) -> Loaded:
    base = Loaded(f"runner-{key}", demand(key), Phase.READY, active=0, slots=2, keep_alive=300.0, need=100)
    return replace(base, **changes)  # type: ignore[arg-type] # fields of Loaded


def test_the_first_model_is_loaded() -> None:
    assert decide(demand(), 100, [], ROOMY) == Load()


def test_a_free_slot_is_granted() -> None:
    assert decide(demand(), 100, [loaded(active=1)], ROOMY) == Grant("runner-a")


def test_a_full_runner_makes_wait() -> None:
    assert decide(demand(), 100, [loaded(active=2)], ROOMY) == Wait()


@pytest.mark.parametrize("phase", [Phase.LOADING, Phase.RETIRING, Phase.STOPPING])
def test_a_runner_that_is_not_ready_makes_wait(phase: Phase) -> None:
    assert decide(demand(), 100, [loaded(phase=phase)], ROOMY) == Wait()


def test_other_load_options_retire_the_runner() -> None:
    wanted = demand(options=LoadOptions(num_ctx=128))
    assert decide(wanted, 100, [loaded(active=1)], ROOMY) == Retire("runner-a")


def test_what_is_left_to_the_scheduler_reloads_nothing() -> None:
    chosen = replace(demand(options=LoadOptions(num_ctx=4096, num_gpu=7)), automatic_context=True)
    before = replace(chosen, options=LoadOptions(num_ctx=32768, num_gpu=20))
    assert compatible(replace(chosen, options=LoadOptions(num_ctx=4096)), before)
    assert not compatible(chosen, before)
    assert not compatible(replace(chosen, options=LoadOptions(num_ctx=4096), automatic_context=False), before)


def test_one_load_at_a_time() -> None:
    assert decide(demand("b"), 100, [loaded(phase=Phase.LOADING)], ROOMY) == Wait()


def test_a_second_model_is_loaded_beside_the_first() -> None:
    assert decide(demand("b"), 100, [loaded(active=2)], ROOMY) == Load()


def test_too_many_models_retire_an_idle_one_first() -> None:
    models = [loaded("a", active=1, keep_alive=1.0), loaded("b", keep_alive=300.0)]
    assert decide(demand("c"), 100, models, Limits(max_loaded=2, free=10**9)) == Retire("runner-b")


def test_too_little_memory_retires_the_shortest_keep_alive() -> None:
    models = [loaded("a", keep_alive=300.0), loaded("b", keep_alive=5.0)]
    assert decide(demand("c"), 100, models, Limits(max_loaded=9, free=99)) == Retire("runner-b")


def test_one_victim_at_a_time() -> None:
    models = [loaded("a", phase=Phase.RETIRING, active=1), loaded("b")]
    assert decide(demand("c"), 100, models, Limits(max_loaded=2, free=10**9)) == Wait()


def test_the_first_model_is_loaded_even_if_memory_looks_short() -> None:
    assert decide(demand(), 100, [], Limits(max_loaded=1, free=0)) == Load()


PHASES = st.sampled_from(Phase)
RUNNERS = st.lists(
    st.builds(
        lambda key, phase, active, keep: loaded(key, phase=phase, active=active, keep_alive=keep),
        st.sampled_from("abcdef"),
        PHASES,
        st.integers(0, 2),
        st.floats(0, 1000),
    ),
    max_size=6,
    unique_by=lambda runner: runner.demand.key,
)


@given(RUNNERS, st.sampled_from("abcxyz"), st.integers(0, 200), st.integers(1, 4), st.integers(0, 200))
def test_decisions_keep_the_rules(runners: list[Loaded], key: str, need: int, most: int, free: int) -> None:
    by_id = {runner.id: runner for runner in runners}
    match decide(demand(key), need, runners, Limits(most, free)):
        case Grant(identity):
            assert by_id[identity].phase is Phase.READY
            assert by_id[identity].active < by_id[identity].slots
            assert by_id[identity].demand.key == key
        case Retire(identity):
            assert by_id[identity].phase is Phase.READY
            assert by_id[identity].demand.key != key
        case Load():
            assert all(runner.phase is not Phase.LOADING for runner in runners)
            assert not runners or (len(runners) < most and need <= free)
        case Wait():
            assert runners  # nothing to wait for would be a hang
