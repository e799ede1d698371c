"""Finding something that was written in the prompt before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.quantity import fit
from tui.screens.find import Find
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from tui.prompt.history import History

_SHOWN = 200


class FindWritten(Find[str]):
    """Dismissed with the text that was chosen."""

    def __init__(self, history: History) -> None:
        super().__init__("What you wrote before", enter="into the prompt", placeholder="words that stood in it")
        self._history = history
        self._found: list[str] = []

    def narrow(self, wanted: str) -> None:
        """The newest first."""
        self._found = self._history.search(wanted)[:_SHOWN]
        rows = [(str(at), Content(fit(clean_line(text), self.room))) for at, text in enumerate(self._found)]
        self.rows.show(rows, "nothing was written with these words" if wanted else "nothing was written yet")
        self.rows.action_first()

    def take(self, chosen: str) -> None:
        """Dismiss with the text."""
        self.dismiss(self._found[int(chosen)])
