"""The list over the prompt of what one may be about to write: commands, their arguments, files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from tui.quantity import fit
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from textual import events

ROWS = 7


@dataclass(frozen=True, slots=True)
class Candidate:
    """`text` takes the place of what was written from `start` on. One that is `whole` needs nothing after it."""

    text: str
    about: str = ""
    whole: bool = True
    start: int = 0


class Completions(Static):
    """Only shows; the prompt has the focus and the keys. It takes no room while there is nothing to offer."""

    DEFAULT_CSS = """
    Completions {
        height: auto;
        max-height: 7;
        padding: 0 1 0 2;
        background: $surface;
        display: none;
        &.-open { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="completions", markup=False)
        self._candidates: list[Candidate] = []
        self._written = ""
        self._at = 0

    def is_open_for(self, written: str) -> bool:
        """Whether there is something to choose for this text; what is offered for another one is late or soon gone."""
        return bool(self._candidates) and self._written == written

    @property
    def chosen(self) -> Candidate:
        """The highlighted candidate; only while it is open."""
        return self._candidates[self._at]

    def offer(self, candidates: list[Candidate], written: str) -> None:
        """Show these for what is written, the first highlighted; none closes the list."""
        self._written = written
        if candidates != self._candidates:
            self._candidates, self._at = candidates, 0
            self.set_class(bool(candidates), "-open")
            self._draw()

    def move(self, step: int) -> None:
        """Highlight another one; beyond an end it goes on at the other."""
        self._at = (self._at + step) % len(self._candidates)
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Texts are cut to the width."""
        self._draw()

    def _draw(self) -> None:
        first = min(max(0, self._at - ROWS // 2), max(0, len(self._candidates) - ROWS))
        shown = self._candidates[first : first + ROWS]
        room = max(self.size.width, 20)
        names = min(max((cell_len(clean_line(item.text)) for item in shown), default=0), max(room // 2, 16))
        rows = [self._row(item, names, room, chosen=first + at == self._at) for at, item in enumerate(shown)]
        self.update(Content("\n").join(rows))

    @staticmethod
    def _row(item: Candidate, names: int, room: int, *, chosen: bool) -> Content:
        name = fit(clean_line(item.text).strip(), names)
        name += " " * (names - cell_len(name))
        about = fit(clean_line(item.about), room - names - 2)
        style = "bold on $selection" if chosen else ""
        return Content.assemble((name, f"$accent {style}".strip()), ("  ", style), (about, "" if chosen else "$muted"))
