"""What is drawn over the strips of a block: the block cursor at the left edge, and matches of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from tui.transcript.search import strip_text
from tui.transcript.tone import INDENT

if TYPE_CHECKING:
    from rich.style import Style

    from tui.transcript.search import Query


def marked(strip: Strip, style: Style, *, first: bool) -> Strip:
    """A row of the block under the cursor: a mark instead of its indentation, another one at its first row."""
    rest = strip.crop(INDENT) if strip.cell_length > INDENT else Strip([])
    return Strip([Segment("▶ " if first else "┃ ", style), *rest])


def with_matches(strip: Strip, query: Query, style: Style) -> Strip:
    """A row with the matches of a search highlighted."""
    text = strip_text(strip)
    spans = query.spans(text)
    if not spans:
        return strip
    cuts = [cell_len(text[:offset]) for span in spans for offset in span]
    pieces = [*strip.divide([*cuts, strip.cell_length])]
    return Strip.join(piece.apply_style(style) if number % 2 else piece for number, piece in enumerate(pieces))
