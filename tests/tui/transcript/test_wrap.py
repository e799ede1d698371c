from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.transcript.wrap import expand_tabs, fold, wrap

LINES = st.text(alphabet=st.sampled_from("ab  ,.宽字、é\u0301👩\u200d👩👍🏽"), max_size=80)


def rows(text: str, width: int, hang: int = 0) -> list[str]:
    return [text[start:end] for start, end in wrap(text, width, hang)]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 10, [""]),
        ("short", 10, ["short"]),
        ("one two three", 8, ["one two", "three"]),
        ("one   two", 5, ["one", "two"]),
        ("  indented text", 10, ["  indented", "text"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("ab abcdefgh", 4, ["ab", "abcd", "efgh"]),
        ("风力发电机", 4, ["风力", "发电", "机"]),
        ("风力。发电", 5, ["风", "力。", "发电"]),
        ("hi 风力", 4, ["hi", "风力"]),
        ("a     b", 3, ["a", "b"]),
    ],
)
def test_breaks_at_words_and_between_ideographs(text: str, width: int, expected: list[str]) -> None:
    assert rows(text, width) == expected


def test_later_rows_leave_room_for_the_hanging_indentation() -> None:
    assert rows("- one two three four", 9, hang=2) == ["- one two", "three", "four"]


@given(LINES, st.integers(2, 30), st.integers(0, 4))
def test_no_row_is_too_wide_and_no_word_is_lost(text: str, width: int, hang: int) -> None:
    pieces = rows(text, width, hang)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    if "\u200d" not in text:  # a joiner at a break has no width that can be foretold; the layout crops
        assert all(cell_len(piece) <= width for piece in pieces)


@given(LINES, st.integers(2, 30))
def test_fold_keeps_every_character(text: str, width: int) -> None:
    assert "".join(text[start:end] for start, end in fold(text, width)) == text


def test_tabs_become_spaces() -> None:
    assert expand_tabs("\tx") == "    x"
