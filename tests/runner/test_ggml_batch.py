"""How many tokens fit the pool of ctransformers: the sizes of real models."""

from __future__ import annotations

import pytest

from backend.runner.ggml_batch import Batch, Shape, batch

_GPT2 = Shape(layers=12, width=768, heads=12, n_ctx=1024)
_GPT2_XL = Shape(layers=48, width=1600, heads=25, n_ctx=1024)


def test_a_small_model_takes_many_tokens_at_once() -> None:
    assert batch(_GPT2, 512) == Batch(size=61, reserve=0)


def test_never_more_than_is_wanted() -> None:
    assert batch(_GPT2, 4) == Batch(size=4, reserve=0)


def test_where_one_token_would_break_the_pool_it_is_made_to_grow() -> None:
    """The values of 1,024 tokens alone are 314 MB."""
    grown = batch(_GPT2_XL, 512)
    assert grown.size == 8
    assert grown.reserve * 48 * 1600 * 96 > 314e6


@pytest.mark.parametrize("n_ctx", [1, 64])
def test_the_reserve_fits_the_context(n_ctx: int) -> None:
    assert batch(Shape(layers=1000, width=8192, heads=64, n_ctx=n_ctx), 8).reserve <= n_ctx
