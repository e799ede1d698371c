"""Two columns in a text to read: a short one, and beside it one that stays in its column when it is wrapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from tui.transcript.wrap import wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEAST = 20  # cells that the second column has in any case


def beside(short: tuple[str, str], texts: Iterable[tuple[str, str]], column: int, width: int) -> Content:
    """`short` and from `column` on the `texts`, each on lines of its own; all with their styles.

    Where `short` reaches into the second column, that begins two cells further in the first line.
    """
    word, _ = short
    margin = " " * column
    lines = [
        (text[start:end], style)
        for text, style in texts
        for start, end in wrap(text, max(_LEAST, width - max(column, cell_len(word) + 2)))
    ]
    gap = " " * max(2, column - cell_len(word))
    parts: list[tuple[str, str]] = []
    for number, line in enumerate(lines):
        parts += [("\n" + margin, "")] if number else []
        parts.append(line)
    return Content.assemble(short, gap, *parts)
