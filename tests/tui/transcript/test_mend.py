from __future__ import annotations

import pytest

from tui.transcript.mend import mend


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("plain words", "plain words"),
        ("a **b", "a **b**"),
        ("a **b ", "a **b** "),
        ("a **", "a "),
        ("a `b", "a `b`"),
        ("a *b", "a *b*"),
        ("a ~~b", "a ~~b~~"),
        ("2 ** 3", "2 ** 3"),
        ("2**3", "2**3"),
        ("a [b](http://c", "a [b](http://c)"),
        ("see [", "see "),
        ("-", ""),
        ("  - ", ""),
        ("12.", ""),
        ("> ", ""),
        ("1234", "1234"),
        ("- a", "- a"),
    ],
)
def test_the_last_line_is_shown_as_what_it_is_about_to_be(last: str, expected: str) -> None:
    assert mend(["before", last]) == ["before", expected]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["| a | b |"], [""]),
        (["| a | b |", ""], [""]),
        (["text", "| a |", "|--"], ["text", ""]),
        (["| a |", "|---|", ""], ["| a |", "|---|", ""]),
        (["| a |", "|---|", "| c"], ["| a |", "|---|", ""]),
        (["| a |", "", ""], ["| a |", "", ""]),
    ],
)
def test_rows_are_held_back_until_they_are_a_table(lines: list[str], expected: list[str]) -> None:
    assert mend(lines) == expected


def test_nothing_to_do_gives_the_same_list() -> None:
    lines = ["a", "b c"]
    assert mend(lines) is lines
