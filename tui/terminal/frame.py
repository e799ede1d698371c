"""What the terminal shows and what it should show, cell by cell; the difference is what has to be written."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import split_graphemes
from textual._compositor import ChopsUpdate, LayoutUpdate

from tui.terminal.pen import RESET, blank, change, pen_of, seen_on_blanks, thrifty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.color import ColorSystem
    from textual.strip import Strip

Update = ChopsUpdate | LayoutUpdate
_UNKNOWN = "\x00"  # a cell of which nobody knows what the terminal shows; no text holds it
_GAP = 4  # unchanged cells that are cheaper to write again than to jump over
_BLANKS = re.compile(" {12,}")  # so many are cheaper to erase than to write
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Symbols that some terminals show in one cell and some in two.
_DOUBTFUL = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")


class Row:
    """One row: a character (with what combines with it) and a pen per cell; the second cell of a wide one is empty."""

    __slots__ = ("cells", "pens", "shown", "shown_pens", "strips")

    def __init__(self, width: int) -> None:
        self.cells = [" "] * width
        self.pens = [""] * width
        self.strips: dict[int, Strip] = {}
        self.forget()

    def forget(self) -> None:
        """The terminal may show anything."""
        self.shown = [_UNKNOWN] * len(self.cells)
        self.shown_pens = [_UNKNOWN] * len(self.cells)

    def put(self, x: int, strip: Strip, colors: ColorSystem) -> bool:
        """Want a strip at column `x`; False if it is there already."""
        if self.strips.get(x) is strip:
            return False
        end = x + strip.cell_length
        for place, other in list(self.strips.items()):
            if place < end and x < place + other.cell_length:
                del self.strips[place]
        self.strips[x] = strip
        cells, pens = _cells(strip, colors)
        end = min(end, len(self.cells))
        if self.cells[x] == "":
            self.cells[x - 1] = " "  # half a wide character is none
        self.cells[x:end] = cells[: end - x]
        self.pens[x:end] = pens[: end - x]
        if end < len(self.cells) and self.cells[end] == "":
            self.cells[end] = " "
        return True

    def settle(self) -> None:
        """The terminal shows what is wanted."""
        self.shown = self.cells.copy()
        self.shown_pens = self.pens.copy()

    def runs(self) -> list[tuple[int, int]]:
        """The stretches of cells that the terminal does not show yet, from left to right."""
        if self.cells == self.shown and self.pens == self.shown_pens:
            return []
        now, then = zip(self.cells, self.pens, strict=True), zip(self.shown, self.shown_pens, strict=True)
        found: list[tuple[int, int]] = []
        for x in [x for x, (new, old) in enumerate(zip(now, then, strict=True)) if new != old]:
            start, end = x, x + 1
            if found and start - found[-1][1] <= _GAP and self._of_one_pen(found[-1][1] - 1, start):
                start = found.pop()[0]
            found.append((start, end))
        return self._safe([self._whole(start, end) for start, end in found])

    def _of_one_pen(self, start: int, end: int) -> bool:
        """Whether these cells can be written without taking another pen."""
        return len(set(_held(self.pens[start], self.cells[start:end], self.pens[start:end]))) == 1

    def _safe(self, runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """What is joined of several characters may come out wider than it should: the rest of the row follows it."""
        for index, (start, end) in enumerate(runs):
            if any(len(cell) > 1 for cell in self.cells[start:end]):
                return [*runs[:index], (start, len(self.cells))]
        return runs

    def _whole(self, start: int, end: int) -> tuple[int, int]:
        """Both halves of the wide characters at the ends."""
        while start > 0 and self.cells[start] == "":
            start -= 1
        while end < len(self.cells) and self.cells[end] == "":
            end += 1
        return start, end


class Frame:
    """The screen. `take` what the compositor drew, then write `changes()` to the terminal.

    `erases`: whether the terminal erases cells in the colour of the pen (terminfo's `bce`); all do but GNU screen.
    """

    def __init__(self, width: int, height: int, *, erases: bool = True) -> None:
        self.size = (width, height)
        self._erases = erases
        self.rows = [Row(width) for _ in range(height)]
        self._changed: set[int] = set()

    def forget(self) -> None:
        """The terminal may show anything: the next changes are the whole screen."""
        for row in self.rows:
            row.forget()
        self._changed.update(range(len(self.rows)))

    def take(self, update: Update, colors: ColorSystem) -> None:
        """Want what the compositor drew."""
        for y, x, strip in _pieces(update):
            if y < len(self.rows) and x < self.size[0] and self.rows[y].put(x, strip, colors):
                self._changed.add(y)

    def changes(self, *, thrifty: bool = False) -> str:
        """What makes the terminal show what is wanted; ends with the default pen. Empty if it does already.

        `thrifty`: colours of text may be near ones that take fewer bytes.
        """
        writer = _Writer(erases=self._erases, thrifty=thrifty)
        for y in sorted(self._changed):
            row = self.rows[y]
            for start, end in row.runs():
                writer.write(y, start, row.cells[start:end], row.pens[start:end])
            row.settle()
        self._changed.clear()
        return writer.text()


class _Writer:
    """Text and sequences for a terminal, with the cursor and the pen that it has after them."""

    def __init__(self, *, erases: bool, thrifty: bool) -> None:
        self._erases = erases
        self._thrifty = thrifty
        self._parts: list[str] = []
        self._pen = ""
        self._at = (-1, -1)  # row and column; nobody knows at first

    def write(self, y: int, x: int, cells: list[str], pens: list[str]) -> None:
        """Cells of one row from column `x` on."""
        start = 0
        if self._thrifty:
            pens = [thrifty(pen) for pen in pens]
        for pen, group in groupby(_held(self._pen, cells, pens)):
            end = start + sum(1 for _ in group)
            self._move(y, x + start)
            self._parts.append(change(self._pen, pen))
            self._pen = pen
            self._fill(y, x + start, cells[start:end])
            start = end

    def text(self) -> str:
        """All of it, with the pen put down."""
        return "".join([*self._parts, RESET if self._pen else ""])

    def _move(self, y: int, x: int) -> None:
        row, column = self._at
        if row != y or column > x:
            self._parts.append(f"\x1b[{y + 1};{x + 1}H")
        elif column < x:
            self._parts.append(f"\x1b[{x - column}C")
        self._at = (y, x)

    def _fill(self, y: int, x: int, cells: list[str]) -> None:
        """Cells of one pen. Long blanks are erased, which leaves the cursor where it is."""
        start = 0
        if self._erases and not seen_on_blanks(self._pen):
            for blanks in _BLANKS.finditer("".join([cell if cell == " " else "x" for cell in cells])):
                self._draw(y, x + start, cells[start : blanks.start()])
                self._move(y, x + blanks.start())
                self._parts.append(f"\x1b[{len(blanks[0])}X")
                start = blanks.end()
        self._draw(y, x + start, cells[start:])

    def _draw(self, y: int, x: int, cells: list[str]) -> None:
        """Characters of which terminals differ in width get room first, and the cursor is set after them."""
        if not cells:
            return
        self._move(y, x)
        self._at = (y, x + len(cells))
        text = "".join(cells)
        if text.isascii():
            self._parts.append(text)
            return
        for place, cell in enumerate(cells, x):
            if len(cell) > 1 or _DOUBTFUL.match(cell):
                wide = place + 1 < x + len(cells) and cells[place - x + 1] == ""
                after = f"\x1b[{y + 1};{place + 1 + (2 if wide else 1)}H"
                self._parts.append(f"{'  ' if wide else ' '}\x1b[{y + 1};{place + 1}H{cell}{after}")
            else:
                self._parts.append(cell)


def _pieces(update: Update) -> Iterator[tuple[int, int, Strip]]:
    """Row, column and strip of everything that an update draws."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in strips:
                yield y, x, strip
                x += strip.cell_length
        return
    for y, first, last in update.spans:  # outside its span a strip may be that of a widget below
        for (x, piece), end in zip(update.chops[y].items(), update.chop_ends[y], strict=False):
            if piece is not None and x < last and end > first:
                yield y, x, piece


def _cells(strip: Strip, colors: ColorSystem) -> tuple[list[str], list[str]]:
    """Characters and pens, one each per cell."""
    cells: list[str] = []
    pens: list[str] = []
    for text, style, control in strip:
        if control:
            continue
        lead, own = _characters(text)
        if lead and cells:
            cells[-1 if cells[-1] else -2] += lead
        cells += own
        pen = pen_of(style, colors)
        if " " in own and (bare := blank(pen)) != pen:
            pens += [bare if cell == " " else pen for cell in own]
        else:
            pens += [pen] * len(own)
    missing = strip.cell_length - len(cells)
    if missing > 0:
        cells += [" "] * missing
        pens += [blank(pens[-1]) if pens else ""] * missing
    return cells, pens


def _held(pen: str, cells: list[str], pens: list[str]) -> list[str]:
    """The pens to write cells with: a blank takes the one that is at hand if it looks the same."""
    held = []
    for cell, wanted in zip(cells, pens, strict=True):
        if not (cell == " " and wanted != pen and blank(pen) == wanted):
            pen = wanted
        held.append(pen)
    return held


@lru_cache(maxsize=4096)
def _characters(text: str) -> tuple[str, tuple[str, ...]]:
    """What combines with the character before the text, and the text cell by cell. Control characters are dropped."""
    if text.isascii() and text.isprintable():
        return "", tuple(text)
    text = _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))
    lead, cells = "", []
    for start, end, width in split_graphemes(text)[0]:
        if width:
            cells += [text[start:end], *[""] * (width - 1)]
        else:
            lead += text[start:end]
    return lead, tuple(cells)
