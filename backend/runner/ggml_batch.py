"""How many tokens ctransformers may evaluate at once.

All families but llama and falcon compute in a pool of 256 MiB that the library does not check: one evaluation that
needs more ends the process. What it needs grows with the tokens that are evaluated and with those before them. The
pool grows only when the first evaluation's need, times the number of tokens, exceeds it (`gpt2_eval` and its like in
the library's `models/llms`), so evaluating many tokens once makes room for good.
"""

from __future__ import annotations

from dataclasses import dataclass

_POOL = 256 << 20
_SHARE = 0.75  # of the pool that we count on
_GROWN_BATCH = 8  # the library's own default
# Bytes for each element of an activation, in all layers: an upper and a lower bound of what the graphs allocate.
_MOST_PER_TOKEN = 192
_LEAST_PER_TOKEN = 96
_VALUES = 4  # the values of all tokens before, copied
_SCORES = 6  # the attention's scores of each head


@dataclass(frozen=True, slots=True)
class Shape:
    """What a model's header says of its size, and how many tokens its context has."""

    layers: int
    width: int  # elements of an activation
    heads: int
    n_ctx: int


@dataclass(frozen=True, slots=True)
class Batch:
    """At most `size` tokens at once, after `reserve` were evaluated once to make the pool grow; 0 for none."""

    size: int
    reserve: int


def batch(shape: Shape, wanted: int) -> Batch:
    """Up to `wanted`: the largest that fits the pool when the context is full, else a small one in a grown pool."""
    room = _SHARE * _POOL
    fixed = _need(shape, 0)
    each = _need(shape, 1) - fixed
    size = int((room - fixed) // each)
    if size >= min(_GROWN_BATCH, wanted):
        return Batch(min(size, wanted), 0)
    size = min(_GROWN_BATCH, wanted)
    reserve = -(-_need(shape, size) // (shape.layers * shape.width * _LEAST_PER_TOKEN))
    return Batch(size, min(reserve, shape.n_ctx))


def _need(shape: Shape, tokens: int) -> int:
    """Bytes for evaluating so many tokens at the end of the context."""
    activations = tokens * shape.width * _MOST_PER_TOKEN
    before = shape.n_ctx * (shape.width * _VALUES + tokens * shape.heads * _SCORES)
    return shape.layers * (activations + before)
