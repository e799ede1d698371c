"""Collecting rows: strips of at most a given width, each beginning with the marks of what it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from tui.transcript.tone import Line, Palette, Run, part, text_of
from tui.transcript.wrap import expand_tabs, fold, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class _Lead:
    """What stands at the left: `first` once, if there is one, then `rest`. Of the same width."""

    first: Run | None
    rest: Run
    begun: bool = False


class Rows:
    """Rows in the order of their making. Nothing wider than `width` cells leaves here, whatever the text was."""

    def __init__(self, width: int, palette: Palette) -> None:
        self.width = width
        self.strips: list[Strip] = []
        self._palette = palette
        self._leads: list[_Lead] = []
        self._taken = 0

    @property
    def room(self) -> int:
        """Cells right of the leads, at least one."""
        return max(1, self.width - self._taken)

    def push(self, first: Run | None, rest: Run) -> None:
        """From here on rows begin with `rest`, the next one with `first`. Too deep for the width, nothing is added."""
        cells = cell_len(rest[0])
        if self._leads and self.width - self._taken - cells < max(2, min(12, self.width // 3)):
            cells, first, rest = 0, None, ("", rest[1])
        self._taken += cells
        self._leads.append(_Lead(first, rest))

    def pop(self) -> None:
        """Leave what was pushed last; a mark that no row has carried yet stands alone."""
        if self._leads[-1].first is not None and not self._leads[-1].begun:
            self.emit(())
        self._taken -= cell_len(self._leads.pop().rest[0])

    def cut(self, count: int) -> None:
        """Forget all rows but the first `count`."""
        del self.strips[count:]
        if not count:
            for lead in self._leads:
                lead.begun = False

    def emit(self, runs: Iterable[Run]) -> None:
        """One row."""
        palette = self._palette
        segments: list[Segment] = []
        for lead in self._leads:
            text, tones = (None if lead.begun else lead.first) or lead.rest
            lead.begun = True
            if text:
                segments.append(Segment(text, palette[tones]))
        segments += [Segment(text, palette[tones]) for text, tones in runs]
        strip = Strip(segments)
        self.strips.append(strip if strip.cell_length <= self.width else strip.crop(0, self.width))

    def blank(self) -> None:
        """An empty row between blocks."""
        self.emit(())

    def words(self, line: Line, hang: int = 0) -> None:
        """A line broken between words."""
        room = self.room
        hang = min(hang, room // 2)
        for index, (start, end) in enumerate(wrap(text_of(line), room, hang)):
            runs = part(line, start, end)
            self.emit([(" " * hang, line[0][1]), *runs] if hang and index else runs)

    def code(self, line: Line) -> None:
        """A line broken where the row is full; its spaces are kept."""
        line = tuple((expand_tabs(text), tones) for text, tones in line)
        for start, end in fold(text_of(line), self.room):
            self.emit(part(line, start, end))
