from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.prompt.vim import Mode, Vim


def run(keys: str, text: str, cursor: int = 0) -> tuple[str, int, Mode]:
    """Type keys in normal mode."""
    vim = Vim()
    vim.mode = Mode.NORMAL
    for key in keys:
        step = vim.key(key, text, cursor)
        if step.change is not None:
            text = text[: step.change.start] + step.change.new + text[step.change.end :]
        cursor = step.cursor
        assert 0 <= cursor <= len(text)
        if vim.mode is Mode.INSERT:
            break
    return text, cursor, vim.mode


@pytest.mark.parametrize(
    ("keys", "text", "cursor", "changed", "place"),
    [
        # What vim 9 does with the same text and keys.
        ("dw", "one two three", 0, "two three", 0),
        ("d2w", "one two three", 0, "three", 0),
        ("2d1w", "one two three", 0, "three", 0),
        ("dw", "one\ntwo", 0, "\ntwo", 0),
        ("de", "one two", 0, " two", 0),
        ("db", "one two", 4, "two", 0),
        ("d$", "one two", 4, "one ", 3),
        ("d0", "one two", 4, "two", 0),
        ("d^", "  one two", 6, "  two", 2),
        ("D", "abc\nd", 1, "a\nd", 0),
        ("dd", "a\nb\nc", 2, "a\nc", 2),
        ("dd", "a\nb", 2, "a", 0),
        ("dd", "only", 2, "", 0),
        ("2dd", "a\nb\nc", 0, "c", 0),
        ("dj", "a\nb\nc", 0, "c", 0),
        ("dk", "a\nb\nc", 4, "a", 0),
        ("dG", "a\nb\nc", 2, "a", 0),
        ("dgg", "a\nb\nc", 2, "c", 0),
        ("dt,", "ab,cd", 0, ",cd", 0),
        ("df,", "ab,cd", 0, "cd", 0),
        ("diw", "foo bar baz", 5, "foo  baz", 4),
        ("daw", "foo bar baz", 5, "foo baz", 4),
        ("x", "abc", 2, "ab", 1),
        ("3x", "abcdef", 1, "aef", 1),
        ("X", "abc", 2, "ac", 1),
        ("xp", "ab", 0, "ba", 1),
        ("ddp", "a\nb\nc", 0, "b\na\nc", 2),
        ("yyp", "ab\ncd", 0, "ab\nab\ncd", 3),
        ("yyP", "ab\ncd", 3, "ab\ncd\ncd", 3),
        ("yw$p", "one two", 0, "one twoone ", 10),
        ("J", "ab\n  cd", 0, "ab cd", 2),
        ("~", "ab", 0, "Ab", 1),
        ("rx", "abc", 1, "axc", 1),
        ("ved", "foo bar", 0, " bar", 0),
        ("Vjd", "a\nb\nc", 0, "c", 0),
        ("vy", "ab", 0, "ab", 0),
        ("$", "abc\nd", 0, "abc\nd", 2),
        ("w", "one two", 0, "one two", 4),
        ("w", "a.b c", 0, "a.b c", 1),
        ("2e", "one two", 0, "one two", 6),
        ("b", "one two", 6, "one two", 4),
        ("G", "a\n bc", 0, "a\n bc", 3),
        ("gg", "a\nb\nc", 4, "a\nb\nc", 0),
        ("jl", "abc\nde", 0, "abc\nde", 5),
        ("fc;", "abc", 0, "abc", 2),
        ("dq", "abc", 1, "abc", 1),
        ("d\x1f", "abc", 1, "abc", 1),
    ],
)
def test_keys_do_what_they_do_in_vim(keys: str, text: str, cursor: int, changed: str, place: int) -> None:
    assert run(keys, text, cursor) == (changed, place, Mode.NORMAL)


@pytest.mark.parametrize(
    ("keys", "text", "cursor", "changed", "place"),
    [
        ("cw", "one two", 0, " two", 0),
        ("cc", "a\nbc\nd", 2, "a\n\nd", 2),
        ("C", "abc\nd", 1, "a\nd", 1),
        ("s", "abc", 1, "ac", 1),
        ("S", "abc", 1, "", 0),
        ("ciw", "foo bar", 5, "foo ", 4),
        ("o", "ab\ncd", 0, "ab\n\ncd", 3),
        ("O", "ab", 1, "\nab", 0),
        ("A", "ab", 0, "ab", 2),
        ("I", "  ab", 3, "  ab", 2),
        ("a", "ab", 0, "ab", 1),
        ("i", "ab", 1, "ab", 1),
        ("vlc", "abc", 0, "c", 0),
    ],
)
def test_keys_that_lead_to_insert_mode(keys: str, text: str, cursor: int, changed: str, place: int) -> None:
    assert run(keys, text, cursor) == (changed, place, Mode.INSERT)


def test_escape_leaves_insert_mode_a_character_back_and_forgets_half_a_command() -> None:
    vim = Vim()
    assert vim.leave("abc", 3).cursor == 2
    vim.key("d", "abc", 2)
    assert vim.typed == "d"
    vim.leave("abc", 2)
    assert vim.typed == ""
    assert vim.mode is Mode.NORMAL


def test_undo_is_asked_of_the_editor() -> None:
    vim = Vim()
    vim.mode = Mode.NORMAL
    assert [vim.key(key, "a", 0).history for key in "uU"] == [-1, 1]


def test_a_huge_count_is_bounded() -> None:
    text, _, _ = run("x99999999999999p", "ab", 0)
    assert len(text) == 1001


@given(
    st.text("hjklwbe0^$gGfFtTdcyxXDCSsrJ~pPuUiaIAoOvV123 ,;.\n\"'qzm", max_size=60),
    st.text("ab ,.\n\té你", max_size=40),
)
def test_random_keys_never_break_it(keys: str, text: str) -> None:
    vim = Vim()
    vim.mode, cursor = Mode.NORMAL, 0
    for key in keys:
        if vim.mode is Mode.INSERT:
            cursor = vim.leave(text, cursor).cursor
        step = vim.key(key, text, cursor)
        if step.change is not None:
            assert 0 <= step.change.start <= step.change.end <= len(text)
            text = text[: step.change.start] + step.change.new + text[step.change.end :]
        cursor = step.cursor
        assert 0 <= cursor <= len(text)
        begin, end = vim.selection(text, cursor)
        assert 0 <= begin <= end <= len(text)
