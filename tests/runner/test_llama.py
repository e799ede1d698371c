"""The real engine's parameters, as our child sets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
import xllamacpp

from backend.runner.llama import make_params
from backend.runner.spec import RunnerOrder, RunnerSpec

if TYPE_CHECKING:
    from pathlib import Path

SPEC = RunnerSpec(id="r", model="/models/x", n_ctx=100, slots=3, n_batch=64)


def params(**changes: object) -> xllamacpp.CommonParams:
    spec = msgspec.structs.replace(SPEC, **changes)
    return make_params(xllamacpp, RunnerOrder(spec=spec, socket="/run/x.sock", key="secret", parent=1))


def test_each_slot_has_its_own_context() -> None:
    made = params()
    assert (made.n_ctx, made.n_parallel, made.kv_unified) == (300, 3, False)


def test_it_is_reached_by_socket_and_key_alone() -> None:
    made = params()
    assert made.hostnames == ["/run/x.sock"]
    assert made.api_keys == ["secret"]
    assert not made.ui
    assert not made.endpoint_slots


def test_no_conversation_is_kept_on_the_host() -> None:
    assert params().cache_ram_mib == 0


@pytest.mark.parametrize("kind", ["f16", "q8_0", "q4_0", "bf16", "f32"])
def test_every_cache_type_of_the_settings_is_known(kind: str) -> None:
    made = params(kv_cache_type=kind)
    assert made.cache_type_k == made.cache_type_v
    assert made.cache_type_k == getattr(xllamacpp.ggml_type, f"GGML_TYPE_{kind.upper()}")


@pytest.mark.parametrize("choice", ["on", "off"])
def test_flash_attention_can_be_forced(choice: str) -> None:
    assert params(flash_attention=choice).flash_attn_type != params().flash_attn_type


def test_choices_reach_the_engine() -> None:
    made = params(threads=3, gpu_layers=5, main_gpu=0, use_mmap=False, context_shift=False)
    assert made.cpuparams.n_threads == 3
    assert made.n_gpu_layers == 5
    assert made.split_mode == xllamacpp.llama_split_mode.LLAMA_SPLIT_MODE_NONE
    assert made.load_mode == xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    assert not made.ctx_shift


def test_adapters_are_passed_on(tmp_path: Path) -> None:
    made = params(adapters=(str(tmp_path / "a"), str(tmp_path / "b")))
    assert len(made.lora_adapters) == 2


def test_a_model_that_pools_by_itself_is_left_alone() -> None:
    assert params(pooling="").pooling_type != params().pooling_type
