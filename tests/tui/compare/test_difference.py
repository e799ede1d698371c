"""Differences word by word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.compare import difference as module
from tui.compare.difference import Change, difference, summary

TEXTS = st.text(alphabet=st.sampled_from("ab ,.\n\té漢"), max_size=60)


def test_words_that_changed_stand_beside_each_other() -> None:
    assert difference("The sea is  blue.", "The sky is blue, now.") == [
        (Change.SAME, "The "),
        (Change.GONE, "sea "),
        (Change.ADDED, "sky "),
        (Change.SAME, "is blue"),
        (Change.ADDED, ", now"),
        (Change.SAME, "."),
    ]


@given(TEXTS, TEXTS)
def test_what_is_not_gone_makes_the_new_text(before: str, after: str) -> None:
    found = difference(before, after)
    assert found is not None
    assert "".join(text for change, text in found if change is not Change.GONE) == after
    assert (difference(after, after) or [(Change.SAME, "")]) == [(Change.SAME, after)]


def test_texts_have_a_bound() -> None:
    assert difference("a " * module.MOST_WORDS, "b") is not None
    assert difference("a " * (module.MOST_WORDS + 1), "b") is None


def test_how_much_is_the_same() -> None:
    assert summary(difference("a b c d", "a x c d") or []) == "75 % the same"
    assert summary(difference("", "a") or []) == "0 % the same"
    assert summary([]) == "the same"
