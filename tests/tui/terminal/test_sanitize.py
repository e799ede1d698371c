"""Nothing that a model or a server writes may steer the terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.terminal.sanitize import clean, clean_line

ANY_TEXT = st.text(st.characters() | st.sampled_from("\x1b\r\n\t\x07\x7f\x9b\u202e\u2069\u061c\u200f\ud800\udfff"))
BIDI = {chr(code) for code in [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]}


@given(ANY_TEXT)
def test_only_newline_and_tab_survive_of_all_controls(text: str) -> None:
    cleaned = clean(text)
    assert not [char for char in cleaned if unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t"]
    assert not BIDI & set(cleaned)
    cleaned.encode("utf-8")


@given(ANY_TEXT, ANY_TEXT)
def test_a_stream_may_be_cleaned_chunk_by_chunk(head: str, tail: str) -> None:
    assert clean(head + tail) == clean(head) + clean(tail)


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean_line(clean_line(text)) == clean_line(text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="".join(BIDI))))
def test_text_without_controls_is_left_alone(text: str) -> None:
    assert clean(text) == text


@given(ANY_TEXT)
def test_a_line_has_no_line_breaks(text: str) -> None:
    assert len(clean_line(text).splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x1b]0;owned\x07", "]0;owned"),
        ("\x1b[2J\x9b31m", "[2J31m"),
        ("one\r\ntwo\rthree", "one\ntwothree"),
        ("file\u202egnp.exe", "file⟨U+202E⟩gnp.exe"),
        ("\ud83d!", "\ufffd!"),
        ("a\tb\n", "a\tb\n"),
        ("[bold]é ✓ 汉字 👩‍🚀", "[bold]é ✓ 汉字 👩‍🚀"),
    ],
)
def test_known_attacks(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_line_shows_tabs_and_newlines_as_spaces() -> None:
    assert clean_line("a\tb\nc\u2028d") == "a b c d"
