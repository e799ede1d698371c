from __future__ import annotations

from tui.screens.beside import beside


def test_the_second_column_stays_in_its_column() -> None:
    lines = beside(("Ctrl+K", "bold"), [("a text of many words and more", ""), ("(a note)", "dim")], 10, 32).plain
    assert lines.split("\n") == ["Ctrl+K    a text of many words", "          and more", "          (a note)"]


def test_a_long_first_column_pushes_the_first_line_alone() -> None:
    lines = beside(("/set parameter", ""), [("Change a parameter of the model", "")], 10, 40).plain
    assert lines.split("\n") == ["/set parameter  Change a parameter of", "          the model"]
