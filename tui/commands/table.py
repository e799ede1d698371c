"""Plain tables: left-aligned columns, four spaces apart, no borders (the specification's section J)."""

from __future__ import annotations

import unicodedata
from itertools import zip_longest
from typing import TYPE_CHECKING

from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GAP = 4


def text_width(text: str) -> int:
    """Terminal cells that the text takes."""
    return len(text) if text.isascii() else sum(map(character_width, text))


def character_width(character: str) -> int:
    """Terminal cells of one character: 0 for combining ones, 2 for wide ones."""
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shortened(text: str, width: int) -> str:
    """The text, cleaned, in at most `width` cells; `…` stands for what was cut."""
    text = clean_line(text)
    if text_width(text) <= width:
        return text
    while text and text_width(text) >= width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def format_rows(rows: Iterable[Sequence[str]], indent: int = 0, gap: int = _GAP) -> list[str]:
    """One line per row, cells cleaned, padded to their column's width and `gap` apart; nothing trails."""
    cells = [[clean_line(cell) for cell in row] for row in rows]
    widths = [max(map(text_width, column)) for column in zip_longest(*cells, fillvalue="")]
    margin = " " * indent
    return [(margin + "".join(map(_pad, row, [width + gap for width in widths]))).rstrip() for row in cells]


def _pad(cell: str, width: int) -> str:
    return cell + " " * (width - text_width(cell))
