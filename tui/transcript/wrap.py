"""Breaking a line of text into rows of a given width, in cells of the terminal."""

from __future__ import annotations

import re

from rich.cells import cell_len, split_graphemes

# Ideographs, kana, hangul and full-width forms may be broken anywhere but before closing punctuation.
_WIDE = "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6"
_CLOSING = "、。，．：；？！）」』】〉》〕｝’”·…,.;:!?)\\]}"  # noqa: RUF001 # the full-width forms are meant
_PIECE = re.compile(rf"[ \t]+|[{_WIDE}][{_CLOSING}]*|[^ \t{_WIDE}]+")
TAB = 4


def expand_tabs(text: str) -> str:
    """Tabs as spaces: a tab has no width of its own in a grid of cells."""
    return text.replace("\t", " " * TAB) if "\t" in text else text


def wrap(text: str, width: int, hang: int = 0) -> list[tuple[int, int]]:
    """Rows as `(start, end)` offsets in `text`, which holds no newline and no tab.

    No row is wider than `width` cells; rows after the first have `hang` cells less. Breaks at spaces, which then
    belong to no row; a word wider than a row is broken between characters as people see them.
    """
    if cell_len(text) <= width:
        return [(0, len(text))]
    rows: list[tuple[int, int]] = []
    start = end = used = 0
    room = width
    for match in _PIECE.finditer(text):
        piece, cells = match[0], cell_len(match[0])
        if used + cells <= room:
            end, used = match.end(), used + cells
            continue
        if piece.isspace():
            used = room + 1  # the break is here: nothing more goes into this row, not even what has no width
            continue
        if (last := _trim(text, start, end)) > start:
            rows.append((start, last))
            room = max(1, width - hang)
        pieces = fold(piece, room)
        for first, last in pieces[:-1]:
            rows.append((match.start() + first, match.start() + last))
            room = max(1, width - hang)
        first, last = pieces[-1]
        start, end = match.start() + first, match.start() + last
        used = cell_len(text[start:end])
    rows.append((start, _trim(text, start, end) if rows else end))
    return rows


def fold(text: str, width: int) -> list[tuple[int, int]]:
    """Rows of at most `width` cells as offsets, broken wherever one is full; spaces are kept (for code).

    A character wider than `width` stands alone in a row, which is then too wide: the caller crops.
    """
    if cell_len(text) <= width:
        return [(0, len(text))]
    rows: list[tuple[int, int]] = []
    start = used = 0
    spans, _ = split_graphemes(text)
    for first, _, cells in spans:
        if used + cells > width and first > start:
            rows.append((start, first))
            start, used = first, 0
        used += cells
    rows.append((start, len(text)))
    return rows


def _trim(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] == " ":
        end -= 1
    return end
