"""Probabilities in words, and what another token would have made."""

from __future__ import annotations

import math

import pytest

from tests.tui.tokens.made import alternative, token
from tui.tokens.chances import Level, completed, is_chosen, level, percentage, probability, quoted, refusal

FOX, BUTTERFLY = "\U0001f98a", "\U0001f98b"


@pytest.mark.parametrize(
    ("share", "words", "expected"),
    [
        (1.0, "100 %", Level.SURE),
        (0.73, "73 %", Level.LIKELY),
        (0.3, "30 %", Level.OPEN),
        (0.0421, "4.2 %", Level.RARE),
        (0.0001, "<0.1 %", Level.RARE),
    ],
)
def test_probabilities_in_words(share: float, words: str, expected: Level) -> None:
    assert (percentage(math.log(share)), level(math.log(share) + 1e-12)) == (words, expected)


def test_what_is_no_probability_is_a_bound() -> None:
    assert [probability(value) for value in (math.nan, math.inf, -math.inf)] == [0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("text", "raw", "shown"),
    [
        (" the", b" the", '" the"'),
        ("\n\t", b"\n\t", '"\\n\\t"'),
        ("\ufffd", b"\xf0\x9f", "bytes F0 9F"),
        ("\x1b", b"\x1b", "bytes 1B"),
        ("\x1b[31m", b"\x1b[31m", '"[31m"'),
        ("", b"", "the end of the reply"),
    ],
)
def test_tokens_are_told_safely(text: str, raw: bytes, shown: str) -> None:
    assert quoted(text, raw) == shown


def test_a_part_of_a_character_is_completed_by_what_came_before_it() -> None:
    whole = token(FOX, 0, 0.5, alternative("\ufffd", 0.25, BUTTERFLY.encode()[3:]), alternative(" a", 0.1))
    own = alternative("\ufffd", 0.5, FOX.encode()[3:])
    whole.top_logprobs[0] = own
    assert is_chosen(whole, own)
    assert completed(whole, whole.top_logprobs[1]).decode() == BUTTERFLY
    assert refusal(whole, whole.top_logprobs[1]) is None
    assert refusal(whole, whole.top_logprobs[2]) == "this one is a part of a character; no text can go on from it"


def test_what_a_reply_cannot_go_on_from() -> None:
    there = token("a", 0, 0.5)
    assert refusal(there, alternative("b", 0.2)) is None
    assert refusal(there, alternative("", 0.2)) == "this one ends the reply"
    assert refusal(token("a", -1, 0.5), alternative("b", 0.2)) == "this token is not in the text"
    assert "of the thinking" in (refusal(token("a", 0, 0.5, is_thinking=True), alternative("b", 0.2)) or "")
