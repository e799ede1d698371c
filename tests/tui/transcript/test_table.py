from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.transcript.laid import PALETTE, rows
from tui.transcript.rows import Rows
from tui.transcript.table import Table, column_widths
from tui.transcript.tone import Line, Tone


def cell(text: str) -> Line:
    return ((text, (Tone.TEXT,)),)


def drawn(width: int, *lines: tuple[str, ...]) -> list[str]:
    canvas = Rows(width, PALETTE)
    Table([""] * len(lines[0]), [[cell(text) for text in line] for line in lines]).draw(canvas)
    return rows(canvas.strips)


def test_cells_are_wrapped_and_rows_then_parted() -> None:
    assert drawn(20, ("a", "b"), ("1", "some words more"), ("2", "x")) == [
        "╭───┬──────────────╮",
        "│ a │ b            │",
        "├───┼──────────────┤",
        "│ 1 │ some words   │",
        "│   │ more         │",
        "├───┼──────────────┤",
        "│ 2 │ x            │",
        "╰───┴──────────────╯",
    ]


def test_without_room_for_a_grid_each_cell_has_a_row() -> None:
    assert drawn(12, ("name", "value"), ("one", "first"), ("two", "")) == [
        "name: one",
        "value: first",
        "╌╌╌╌╌╌╌╌",
        "name: two",
    ]


@pytest.mark.parametrize(
    ("natural", "room", "widths"),
    [
        ([3, 5], 20, [3, 5]),
        ([3, 30], 20, [3, 17]),
        ([30, 30], 21, [11, 10]),
        ([9, 9, 9], 12, None),
        ([0, 2], 9, [1, 2]),
    ],
)
def test_the_widest_columns_give_way(natural: list[int], room: int, widths: list[int] | None) -> None:
    assert column_widths(natural, room) == widths


@given(st.lists(st.integers(0, 100), min_size=1, max_size=12), st.integers(-40, 200))
def test_widths_fit_the_room_and_use_it(natural: list[int], room: int) -> None:
    widths = column_widths(natural, room)
    if widths is not None:
        assert sum(widths) <= room
        assert sum(widths) == min(room, sum(max(1, width) for width in natural))
        assert all(0 < width <= max(1, wanted) for width, wanted in zip(widths, natural, strict=True))
