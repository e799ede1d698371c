"""Plain tables."""

from __future__ import annotations

from tui.commands.table import format_rows, text_width


def test_columns_are_four_spaces_apart_and_nothing_trails() -> None:
    assert format_rows([("NAME", "SIZE"), ("smollm2:135m", "98 MB"), ("a", "")]) == [
        "NAME            SIZE",
        "smollm2:135m    98 MB",
        "a",
    ]


def test_rows_are_indented_and_may_be_short() -> None:
    assert format_rows([("architecture", "llama"), ("completion",)], indent=4) == [
        "    architecture    llama",
        "    completion",
    ]


def test_wide_characters_keep_the_columns_straight() -> None:
    assert format_rows([("模型", "x"), ("abcd", "x")]) == ["模型    x", "abcd    x"]
    assert text_width("e\u0301") == 1


def test_no_rows_are_no_lines() -> None:
    assert format_rows([]) == []


def test_a_cell_cannot_steer_the_terminal() -> None:
    assert format_rows([("a\x1b[2J\nb",)]) == ["a[2J b"]
