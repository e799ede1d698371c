"""Tables drawn with borders, their cells wrapped; where no grid fits, one `heading: cell` a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.transcript.tone import Line, Run, Tone, part, text_of
from tui.transcript.wrap import wrap

if TYPE_CHECKING:
    from tui.transcript.rows import Rows

_EDGE = (Tone.FENCE,)
_TOP, _MIDDLE, _BOTTOM = ("╭", "┬", "╮"), ("├", "┼", "┤"), ("╰", "┴", "╯")
_NARROWEST = 6  # cells that a column needs to be of use


@dataclass(slots=True)
class Table:
    """Cells as lines of runs, the heading first. `aligns` is `left`, `right` or `center` for each column."""

    aligns: list[str] = field(default_factory=list)
    cells: list[list[Line]] = field(default_factory=list)

    def draw(self, rows: Rows) -> None:
        """Add the rows of the table."""
        widths = column_widths(
            [max(cell_len(text_of(line[column])) for line in self.cells) for column in range(len(self.aligns))],
            rows.room - 3 * len(self.aligns) - 1,
        )
        if widths is None:
            self._records(rows)
            return
        wrapped = [
            [wrap(text_of(cell), width) for cell, width in zip(line, widths, strict=True)] for line in self.cells
        ]
        parted = any(len(breaks) > 1 for line in wrapped[1:] for breaks in line)
        rows.emit(_rule(widths, _TOP))
        for number, (line, breaks) in enumerate(zip(self.cells, wrapped, strict=True)):
            if number == 1 or (parted and number > 1):
                rows.emit(_rule(widths, _MIDDLE))
            for spans in zip_longest(*breaks):
                rows.emit(self._row(line, spans, widths))
        rows.emit(_rule(widths, _BOTTOM))

    def _row(self, line: list[Line], spans: tuple[tuple[int, int] | None, ...], widths: list[int]) -> list[Run]:
        runs: list[Run] = [("│ ", _EDGE)]
        for column, (cell, span, width) in enumerate(zip(line, spans, widths, strict=True)):
            pieces = part(cell, *span) if span is not None else []
            space = width - sum(cell_len(text) for text, _ in pieces)
            before = {"right": space, "center": space // 2}.get(self.aligns[column], 0)
            last = column == len(widths) - 1
            runs += [(" " * before, _EDGE), *pieces, (" " * (space - before) + (" │" if last else " │ "), _EDGE)]
        return [run for run in runs if run[0]]

    def _records(self, rows: Rows) -> None:
        heads, *lines = self.cells
        for number, line in enumerate(lines or [heads]):
            if number:
                rows.emit([("╌" * min(8, rows.room), _EDGE)])
            for head, cell in zip(heads, line, strict=True):
                if lines and not text_of(cell):
                    continue  # a short row, which the parser completed
                rows.words((*head, (": ", head[-1][1]), *cell) if lines else head, hang=2)


def column_widths(natural: list[int], room: int) -> list[int] | None:
    """Widths that take `room` cells at most: the widest columns give way first. `None` if no grid fits."""
    natural = [max(1, width) for width in natural]
    if room < sum(min(width, _NARROWEST) for width in natural):
        return None
    limit = max(natural)
    while sum(min(width, limit) for width in natural) > room:
        over = sum(min(width, limit) for width in natural) - room
        limit -= max(1, over // len(natural))
    widths = [min(width, limit) for width in natural]
    spare = room - sum(widths)
    for column, width in enumerate(natural):  # what the last step took too much
        if spare and widths[column] < width:
            widths[column] += 1
            spare -= 1
    return widths


def _rule(widths: list[int], corners: tuple[str, str, str]) -> list[Run]:
    left, middle, right = corners
    return [(left + middle.join("─" * (width + 2) for width in widths) + right, _EDGE)]
