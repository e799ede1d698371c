"""Words stay whole whatever pieces they arrive in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.commands.table import text_width
from tui.commands.word_wrap import WordWrap

WORDS = st.lists(st.text("abcdefg", min_size=1, max_size=8), max_size=40)


def wrap(pieces: list[str], width: int) -> str:
    wrapper = WordWrap(width)
    return "".join(map(wrapper.feed, pieces)) + wrapper.flush()


@given(WORDS, st.integers(8, 30), st.integers(1, 9))
def test_no_line_is_longer_than_the_width_and_no_word_is_broken(words: list[str], width: int, size: int) -> None:
    text = " ".join(words)
    wrapped = wrap([text[start : start + size] for start in range(0, len(text), size)], width)
    assert wrapped.split() == words
    assert all(len(line.rstrip()) <= width for line in wrapped.split("\n"))


def test_lines_of_the_text_are_kept() -> None:
    assert wrap(["one\n\n  two\n"], 10) == "one\n\n  two\n"


def test_a_word_longer_than_the_line_is_shown_as_it_comes_and_not_broken() -> None:
    wrapper = WordWrap(5)
    assert wrapper.feed("see https") == "see \nhttps"
    assert wrapper.feed("://a b") == "://a "
    assert wrapper.flush() == "\nb"


def test_wide_characters_may_be_parted() -> None:
    assert [text_width(line) for line in wrap(["汉字汉字汉字"], 5).split("\n")] == [4, 4, 4]
