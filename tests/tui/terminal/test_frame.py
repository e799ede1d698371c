from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tests.tui.terminal.emulator import Terminal
from tui.terminal.frame import Frame

if TYPE_CHECKING:
    from tui.terminal.frame import Update

WIDTH = 20


def strip(*pieces: str | tuple[str, str]) -> Strip:
    pairs = [piece if isinstance(piece, tuple) else (piece, "") for piece in pieces]
    return Strip([Segment(text, Style.parse(style)) for text, style in pairs])


def whole(*rows: Strip) -> LayoutUpdate:
    return LayoutUpdate([[row.adjust_cell_length(WIDTH)] for row in rows], Region(0, 0, WIDTH, len(rows)))


def part(x: int, piece: Strip) -> ChopsUpdate:
    """An update of one piece of the first row."""
    end = x + piece.cell_length
    return ChopsUpdate([{0: None, x: piece, end: None}], [(0, x, end)], [[x, end, WIDTH]])


class Shown:
    """A frame and the terminal it is written to."""

    def __init__(self) -> None:
        self.frame = Frame(WIDTH, 2)
        self.terminal = Terminal(WIDTH, 2)

    def take(self, update: Update) -> str:
        self.frame.take(update, ColorSystem.TRUECOLOR)
        changes = self.frame.changes()
        self.terminal.stream.feed(changes)
        return changes

    @property
    def text(self) -> str:
        return str(self.terminal.screen.display[0]).rstrip()


def test_a_piece_that_was_covered_is_written_when_it_comes_again() -> None:
    shown, piece = Shown(), strip("over")
    shown.take(whole(strip("0123456789")))
    shown.take(part(3, piece))
    assert shown.text == "012over789"
    shown.take(whole(strip("0123456789")))
    assert shown.text == "0123456789"
    shown.take(part(3, piece))
    assert shown.text == "012over789"


def test_the_other_half_of_a_wide_character_goes() -> None:
    shown = Shown()
    shown.take(whole(strip("漢字漢字")))
    shown.take(part(3, strip("ab")))
    assert shown.text == "漢 ab 字"
    row = shown.frame.rows[0]
    assert row.cells[2:6] == [" ", "a", "b", " "]
    assert row.cells == row.shown


def test_cells_a_jump_apart_are_two_runs_and_neighbours_are_one() -> None:
    shown = Shown()
    shown.take(whole(strip("0123456789")))
    assert shown.take(whole(strip("a12b456789"))) == "\x1b[1;1Ha12b"
    assert shown.take(whole(strip("012b45678x"))) == "\x1b[1;1H0\x1b[8Cx"
    assert shown.take(whole(strip("012b45678x"))) == ""


def test_a_colour_between_two_changes_is_not_written_again() -> None:
    shown = Shown()
    shown.take(whole(strip("a", ("b", "red"), "c")))
    assert shown.take(whole(strip("x", ("b", "red"), "y"))) == "\x1b[1;1Hx\x1b[1Cy"


@pytest.mark.parametrize("cluster", ["👩\u200d👩\u200d👧", "⚠\ufe0f", "🚀", "e\u0301"])
def test_the_cursor_is_set_after_what_terminals_measure_differently(cluster: str) -> None:
    shown = Shown()
    shown.take(whole(strip("0123456789")))
    width = strip(cluster).cell_length
    changes = shown.take(whole(strip("01", cluster, "23456789"[width - 1 :])))
    assert changes.startswith(f"\x1b[1;3H{' ' * width}\x1b[1;3H{cluster}\x1b[1;{3 + width}H")
    assert len(cluster) == 1 or changes.endswith("9" + " " * 9), "the rest may have been overwritten"


def test_what_combines_with_a_character_of_another_style_stays_with_it() -> None:
    shown = Shown()
    shown.take(whole(strip(("e", "bold"), ("\u0301x", "red"))))
    assert shown.frame.rows[0].cells[:2] == ["e\u0301", "x"]
    assert shown.text == "\u00e9x"


def test_no_control_character_of_a_text_reaches_the_terminal() -> None:
    shown = Shown()
    hostile = "\x1b]52;c;eA==\x07\ud800漢" + "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
    changes = shown.take(whole(strip(hostile)))
    assert "]52" in changes
    assert "\ud800" not in changes
    rest = changes.replace("\x1b[", "").encode()  # which starts a move or a pen
    assert not [byte for byte in rest if byte < 0x20 or byte == 0x7F]
    assert not any(0x80 <= ord(character) < 0xA0 for character in changes)


def test_after_forgetting_everything_is_written_again() -> None:
    shown = Shown()
    update = whole(strip("one"), strip("two"))
    first = shown.take(update)
    shown.terminal.scribble("else")
    shown.frame.forget()
    assert shown.take(update) == first
    assert shown.text == "one"


def test_a_piece_outside_the_painted_span_is_left_alone() -> None:
    shown = Shown()
    shown.take(whole(strip("0123456789")))
    below = strip("xxxx")
    shown.take(ChopsUpdate([{0: strip("ab"), 2: below}], [(0, 0, 2)], [[2, WIDTH]]))
    assert shown.text == "ab23456789"


def test_blanks_are_written_in_the_pen_at_hand() -> None:
    shown = Shown()
    changes = shown.take(whole(strip(("a", "red on blue"), (" ", "green on blue"), ("b", "bold red on blue"))))
    assert changes.startswith("\x1b[1;1H\x1b[31;44ma \x1b[1mb")
    assert shown.take(whole(strip(("a", "red on blue"), (" ", "white on blue"), ("b", "bold red on blue")))) == ""


def test_long_blanks_are_erased_where_the_terminal_keeps_the_colour() -> None:
    line = strip("ab", (" " * 14, "on blue"), "cd")
    frame = Frame(WIDTH, 1)
    frame.take(whole(line), ColorSystem.TRUECOLOR)
    assert frame.changes() == "\x1b[1;1Hab\x1b[44m\x1b[14X\x1b[14C\x1b[mcd  "
    frame = Frame(WIDTH, 1, erases=False)
    frame.take(whole(line), ColorSystem.TRUECOLOR)
    assert frame.changes() == f"\x1b[1;1Hab\x1b[44m{' ' * 14}\x1b[mcd  "


def test_a_thrifty_frame_tells_near_colours_and_is_not_written_again_for_them() -> None:
    shown = Shown()
    shown.frame.take(whole(strip(("a", "#ff0000"))), ColorSystem.TRUECOLOR)
    assert "38;5;196" in shown.frame.changes(thrifty=True)
    assert shown.take(whole(strip(("a", "#ff0000")))) == ""
