"""Text that is shown as it was written and may grow → rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.transcript.source import window
from tui.transcript.wrap import expand_tabs

if TYPE_CHECKING:
    from textual.strip import Strip

    from tui.transcript.block import Part
    from tui.transcript.rows import Rows
    from tui.transcript.tone import Tones

_CHARACTERS, _LINES = 20_000, 500  # read at a time


class PlainLayout:
    """The rows of one part from an offset on, without its first `skipped` lines. `strips[:final]` will not change."""

    def __init__(self, part: Part, rows: Rows, tones: Tones, *, start: int = 0, skipped: int = 0) -> None:
        self._part = part
        self._rows = rows
        self._tones = tones
        self._skipped = skipped
        self._done = start
        self.final = len(rows.strips)

    @property
    def strips(self) -> list[Strip]:
        """The rows."""
        return self._rows.strips

    def update(self, *, growing: bool) -> None:
        """Lay out what is new."""
        self._rows.cut(self.final)
        while True:
            seen = window(self._part.text, self._done, _CHARACTERS, _LINES)
            for line in seen.lines[: seen.complete]:
                self._line(line)
            self.final = len(self._rows.strips)
            if seen.at_end:
                break
            self._done = seen.offsets[-1] + len(seen.lines[-1])
            self._done += self._part.text[self._done] == "\n"
        self._done = seen.offsets[-1]
        if seen.lines[-1]:
            skipped = self._skipped  # the open line may still grow
            self._line(seen.lines[-1])
            self._skipped = skipped

    def _line(self, line: str) -> None:
        if self._skipped:
            self._skipped -= 1
        else:
            self._rows.words(((expand_tabs(line), self._tones),))
