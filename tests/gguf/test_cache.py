"""The shape of a KV cache, by the keys that llama.cpp's loaders read."""

from __future__ import annotations

from typing import Any

import pytest

from backend.gguf import GGUF, CacheShape, cache_shape


def gguf(architecture: str, **figures: Any) -> GGUF:
    """A model of 12 layers with 4 heads of 64 + 64 elements; `_` in a name stands for a dot after `attention`."""
    basic = {"block_count": 12, "embedding_length": 256, "attention.head_count": 4, "attention.head_count_kv": 2}
    named = {
        **basic,
        **{
            (f"attention.{name[10:]}" if name.startswith("attention_") else name): value
            for name, value in figures.items()
        },
    }
    metadata = {f"{architecture}.{name}": value for name, value in named.items()}
    return GGUF(3, {"general.architecture": architecture, **metadata}, (), 0, 0)


EACH = 2 * (64 + 64)


def test_every_layer_sees_everything() -> None:
    assert cache_shape(gguf("llama")) == CacheShape(full=12 * EACH)


def test_a_window_that_the_family_does_not_use_is_none() -> None:
    assert cache_shape(gguf("phi3", attention_sliding_window=2047)) == CacheShape(full=12 * EACH)


@pytest.mark.parametrize(("architecture", "full"), [("gemma3", 2), ("gpt-oss", 6), ("cohere2", 3)])
def test_families_have_their_periods(architecture: str, full: int) -> None:
    shape = cache_shape(gguf(architecture, attention_sliding_window=512))
    assert shape == CacheShape(full * EACH, (12 - full) * EACH, 512)


def test_the_file_knows_its_pattern_better() -> None:
    listed = [True, True, False] * 4
    shape = cache_shape(gguf("gemma3", attention_sliding_window=512, attention_sliding_window_pattern=listed))
    assert (shape.full, shape.windowed) == (4 * EACH, 8 * EACH)
    counted = cache_shape(gguf("gemma3", attention_sliding_window=512, attention_sliding_window_pattern=2))
    assert (counted.full, counted.windowed) == (6 * EACH, 6 * EACH)


def test_heads_may_differ_by_layer_and_some_layers_have_none() -> None:
    assert cache_shape(gguf("lfm2", attention_head_count_kv=[0, 2] * 6)).full == 6 * EACH
    assert cache_shape(gguf("qwen3next", full_attention_interval=4)).full == 3 * EACH


def test_layers_that_share_a_cache_have_none() -> None:
    assert cache_shape(gguf("gemma4", attention_shared_kv_layers=8)).full == 4 * EACH
    assert cache_shape(gguf("gemma3n", block_count=35, attention_sliding_window=512)).full == 4 * EACH


def test_windowed_heads_may_be_shorter() -> None:
    lengths = {"attention_key_length_swa": 32, "attention_value_length_swa": 32}
    assert cache_shape(gguf("gemma3", attention_sliding_window=512, **lengths)).windowed == 10 * 2 * 64


def test_nonsense_costs_nothing() -> None:
    assert cache_shape(gguf("llama", block_count=-3)) == CacheShape(0)
    assert cache_shape(gguf("llama", block_count=2**63, attention_head_count_kv=1)).full == 4096 * 128
    assert cache_shape(gguf("llama", attention_shared_kv_layers=99)) == CacheShape(0)
