"""Sampling as llama.cpp has it, by distributions that can be worked out by hand."""

from __future__ import annotations

from collections import Counter

import msgspec
import numpy as np
import pytest

from backend.errors import BadRequest
from backend.runner.ggml_sampler import Sampler, Sampling

# Chances of 0.5, 0.25, 0.15 and 0.1.
_LOGITS = np.log(np.array([0.15, 0.5, 0.1, 0.25], dtype=np.float32))
_OPEN = {"top_k": 0, "top_p": 1.0, "min_p": 0.0, "temperature": 1.0}


def _sampler(**options: object) -> Sampler:
    return Sampler(msgspec.convert({"seed": 7, **_OPEN, **options}, Sampling), 4)


def _drawn(**options: object) -> Counter[int]:
    sampler = _sampler(**options)
    return Counter(sampler.choose(_LOGITS, []) for _ in range(400))


def test_draws_follow_the_chances() -> None:
    drawn = _drawn()
    assert [round(drawn[token] / 400, 1) for token in (1, 3)] == [0.5, pytest.approx(0.25, abs=0.06)]
    assert min(drawn[token] for token in range(4)) > 20


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({"top_k": 2}, {1, 3}),
        ({"top_k": 1000}, {0, 1, 2, 3}),
        ({"top_k": -1}, {0, 1, 2, 3}),
        ({"top_p": 0.7}, {1, 3}),
        ({"top_p": 0.0}, {1}),
        ({"min_p": 0.29}, {0, 1, 3}),
        ({"min_p": 2.0}, {1}),
        ({"typical_p": 0.2}, {3}),  # the expected surprise is 1.21, that of a quarter 1.39, of a half 0.69
        ({"temperature": 1e-300}, {1}),
        ({"temperature": 0.0}, {1}),
        ({"temperature": -1.0}, {1}),
    ],
)
def test_an_option_leaves_these_tokens(options: dict[str, float], left: set[int]) -> None:
    assert set(_drawn(**options)) == left


def test_min_p_comes_before_the_temperature() -> None:
    assert set(_drawn(min_p=0.4, temperature=100.0)) == {1, 3}


def test_equal_seeds_choose_equally_and_others_do_not() -> None:
    def text(seed: int) -> list[int]:
        sampler = _sampler(seed=seed)
        return [sampler.choose(_LOGITS, []) for _ in range(30)]

    assert text(1) == text(1)
    assert text(1) != text(2)
    assert text(0xFFFFFFFF) != text(0xFFFFFFFF)  # -1 on the wire: drawn anew


def test_a_repeat_penalty_divides_positive_and_multiplies_negative_logits() -> None:
    logits = np.array([2.0, 1.9, -1.0, -1.1], dtype=np.float32)
    greedy = Sampler(Sampling(temperature=0, repeat_penalty=1.2), 4)
    assert greedy.choose(logits, [0]) == 1
    assert greedy.choose(-logits[::-1], [0]) == 1  # 1.1 / 1.2 is less than 1


def test_the_penalties_count_what_they_look_back_on() -> None:
    logits = np.array([1.0, 0.8, 0.0, 0.0], dtype=np.float32)
    frequent = Sampler(Sampling(temperature=0, frequency_penalty=0.15), 4)
    assert frequent.choose(logits, [0]) == 0
    assert frequent.choose(logits, [0, 0]) == 1
    present = Sampler(Sampling(temperature=0, presence_penalty=0.15), 4)
    assert present.choose(logits, [0, 0]) == 0
    near = Sampler(Sampling(temperature=0, presence_penalty=0.5, repeat_last_n=2), 4)
    assert near.choose(logits, [0, 2, 2]) == 0
    assert near.choose(logits, [2, 2, 0]) == 1
    blind = Sampler(Sampling(temperature=0, presence_penalty=0.5, repeat_last_n=0), 4)
    assert blind.choose(logits, [0]) == 0


def test_a_bias_moves_a_token() -> None:
    assert Sampler(Sampling(temperature=0, logit_bias=((2, 5.0),)), 4).choose(_LOGITS, []) == 2


@pytest.mark.parametrize("options", [{"repeat_penalty": 0.0}, {"logit_bias": ((4, 1.0),)}])
def test_what_no_token_can_satisfy_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        _sampler(**options)


def test_logits_that_are_no_numbers_are_no_choice() -> None:
    for bad in (np.nan, np.inf):
        with pytest.raises(FloatingPointError):
            Sampler(Sampling(), 2).choose(np.array([0.0, bad], dtype=np.float32), [])
