from __future__ import annotations

import pytest

from tests.tui.scripted_monitor import estimate
from tui.load_plan import Knob, LoadPlan

PLAN = LoadPlan.of("m", {"num_ctx": 4096, "top_k": 3})


def test_a_plan_begins_with_the_users_options() -> None:
    request = PLAN.request("5m")
    assert (request.model, request.options, request.keep_alive) == ("m", {"num_ctx": 4096, "top_k": 3}, "5m")
    assert (request.kv_cache_type, request.num_parallel) == (None, None)


@pytest.mark.parametrize(
    ("now", "up", "then"),
    [(4096, True, 8192), (4096, False, 2048), (5000, True, 8192), (5000, False, 4096), (8192, True, 8192)],
)
def test_the_context_goes_in_powers_of_two_up_to_what_was_trained(now: int, up: bool, then: int) -> None:
    assert PLAN.turned(Knob.CONTEXT, up, estimate(num_ctx=now)).num_ctx == then


def test_the_context_has_a_least_one() -> None:
    assert PLAN.turned(Knob.CONTEXT, False, estimate(num_ctx=256)).num_ctx == 256
    assert PLAN.turned(Knob.CONTEXT, False, estimate(num_ctx=1, trained_context=64)).num_ctx == 64


def test_a_smaller_cache_type_is_to_the_right() -> None:
    plan = PLAN.turned(Knob.CACHE, True, estimate())
    assert plan.kv_cache_type == "q8_0"
    assert plan.turned(Knob.CACHE, True, estimate(kv_cache_type="q8_0")).kv_cache_type == "q4_0"
    assert plan.turned(Knob.CACHE, False, estimate(kv_cache_type="q8_0")).kv_cache_type == "f16"
    assert plan.turned(Knob.CACHE, True, estimate(kv_cache_type="q4_0")).kv_cache_type == "q4_0"


def test_layers_begin_at_what_the_engine_would_take() -> None:
    seen = estimate(layers=31, layers_on_gpu=20)
    assert PLAN.turned(Knob.LAYERS, True, seen).num_gpu == 21
    assert PLAN.turned(Knob.LAYERS, False, seen).num_gpu == 19
    assert LoadPlan("m", num_gpu=99).turned(Knob.LAYERS, True, seen).num_gpu == 31
    assert LoadPlan("m", num_gpu=0).turned(Knob.LAYERS, False, seen).num_gpu == 0
    assert Knob.LAYERS not in PLAN.knobs(estimate())
    assert Knob.LAYERS in PLAN.knobs(seen)


def test_slots_go_from_one_listed_number_to_the_next() -> None:
    assert PLAN.turned(Knob.SLOTS, True, estimate(num_parallel=4)).num_parallel == 8
    assert PLAN.turned(Knob.SLOTS, False, estimate(num_parallel=1)).num_parallel == 1
    assert PLAN.turned(Knob.SLOTS, False, estimate(num_parallel=3)).num_parallel == 1


@pytest.mark.parametrize("knob", Knob)
def test_what_is_released_is_the_backends_again(knob: Knob) -> None:
    seen = estimate(layers=31, layers_on_gpu=20)
    turned = LoadPlan("m").turned(knob, False, seen)
    assert turned.text(knob, seen)[1]
    assert turned.released(knob) == LoadPlan("m")
