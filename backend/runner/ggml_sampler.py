"""Choosing the next token from the logits, as llama.cpp does it.

The order is that of its default chain: logit bias, penalties, top-k, typical-p, top-p, min-p, temperature, the draw.
ctransformers' own sampling is not used: it knows fewer options, and a `top_k` beyond the vocabulary ends the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from backend.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ids = NDArray[np.int64]

_RANDOM_SEED = 0xFFFFFFFF  # LLAMA_DEFAULT_SEED, which -1 becomes: drawn anew for each request


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """The sampling keys of a request to `/completion`, with llama-server's defaults."""

    seed: int = _RANDOM_SEED
    temperature: float = 0.8
    top_k: int = 40  # 0 or less: all
    top_p: float = 0.95
    min_p: float = 0.05
    typical_p: float = 1.0
    repeat_penalty: float = 1.0
    repeat_last_n: int = 64  # tokens that the penalties look back on; -1: the context
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    logit_bias: tuple[tuple[int, float], ...] = ()


class Sampler:
    """One request's choices. Equal seeds choose equally. Raises `BadRequest` for options that no token can satisfy."""

    def __init__(self, options: Sampling, vocabulary: int) -> None:
        if options.repeat_penalty <= 0:
            raise BadRequest("repeat_penalty must be above 0")
        for token, _ in options.logit_bias:
            if not 0 <= token < vocabulary:
                raise BadRequest(f"logit_bias names token {token}; the model has {vocabulary}")
        self._options = options
        seed = options.seed % (1 << 32)
        self._random = np.random.default_rng(None if seed == _RANDOM_SEED else seed)

    def choose(self, logits: NDArray[np.float32], past: Sequence[int]) -> int:
        """The next token; `past` is what came before it, the prompt included. Raises `FloatingPointError` if the logits
        are no numbers.
        """
        options = self._options
        scores = logits.astype(np.float64)
        for token, bias in options.logit_bias:
            scores[token] += bias
        if not np.isfinite(scores).all():
            raise FloatingPointError("the logits are not finite")
        self._penalise(scores, past)
        if options.temperature <= 0:
            return int(scores.argmax())
        ids = _best(scores, options.top_k)
        ids = ids[_typical(_softmax(scores[ids]), options.typical_p)]
        ids = ids[: _nucleus(_softmax(scores[ids]), options.top_p)]
        chances = _softmax(scores[ids])
        ids = ids[chances >= options.min_p * chances[0]] if options.min_p > 0 else ids
        ids = ids if len(ids) else _best(scores, 1)
        chances = _softmax(scores[ids], options.temperature)
        place = int(np.searchsorted(chances.cumsum(), self._random.random() * chances.sum(), side="right"))
        return int(ids[min(place, len(ids) - 1)])

    def _penalise(self, scores: Floats, past: Sequence[int]) -> None:
        options = self._options
        window = past if options.repeat_last_n < 0 else past[max(0, len(past) - options.repeat_last_n) :]
        if not len(window):
            return
        ids, counts = np.unique(np.asarray(window, dtype=np.int64), return_counts=True)
        seen = scores[ids]
        seen = np.where(seen <= 0, seen * options.repeat_penalty, seen / options.repeat_penalty)
        scores[ids] = seen - counts * options.frequency_penalty - options.presence_penalty


def _best(scores: Floats, count: int) -> Ids:
    """The ids of the `count` highest scores, best first; equal ones by id."""
    if 0 < count < len(scores):
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        ids = np.flatnonzero(scores >= least)
    else:
        ids, count = np.arange(len(scores)), len(scores)
    best: Ids = ids[np.argsort(-scores[ids], kind="stable")][:count]
    return best


def _softmax(scores: Floats, temperature: float = 1.0) -> Floats:
    with np.errstate(over="ignore"):  # a tiny temperature: all but the best become minus infinity
        exponents: Floats = np.exp((scores - scores.max()) / temperature)
    exponents /= exponents.sum()
    return exponents


def _typical(chances: Floats, share: float) -> Ids:
    """Places of the tokens whose surprise is nearest to the expected one, in the order of `chances`.

    Locally typical sampling, arXiv:2202.00666.
    """
    if share >= 1:
        return np.arange(len(chances))
    surprise = -np.log(np.maximum(chances, np.finfo(np.float64).tiny))
    order = np.argsort(np.abs(surprise - (chances * surprise).sum()), kind="stable")
    kept = int(np.searchsorted(chances[order].cumsum(), share, side="right")) + 1
    return np.sort(order[:kept])


def _nucleus(chances: Floats, share: float) -> int:
    """How many of the likeliest tokens make up `share`; at least one."""
    if share >= 1:
        return len(chances)
    return int(np.searchsorted(chances.cumsum(), share, side="left")) + 1
