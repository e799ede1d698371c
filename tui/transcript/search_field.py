"""The line under the transcript in which one says what to look for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.transcript.view import Transcript


class SearchField(Horizontal):
    """Searches while one types. Enter goes back to the transcript, where n and N go on; Escape ends the search."""

    DEFAULT_CSS = """
    SearchField {
        height: 1;
        padding: 0 1;
        & > Static { width: auto; color: $muted; }
        & > Input {
            width: 1fr;
            height: 1;
            border: none;
            padding: 0;
            background: $background;
            &:focus { border: none; background: $background; }
        }
        & > #search-count { padding-left: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "end", "End the search", show=False)]

    def __init__(self, transcript: Transcript, wanted: str = "") -> None:
        """`wanted` is looked for already; without it one is about to write."""
        super().__init__(id="search")
        self._transcript = transcript
        self._wanted = wanted
        self._input = Input(wanted, placeholder="Search in this chat", compact=True)
        self._input.cursor_blink = False
        self._count = Static("", id="search-count", markup=False)

    def compose(self) -> ComposeResult:
        """As a pager shows it."""
        yield Static("/ ", markup=False)
        yield self._input
        yield self._count

    def on_mount(self) -> None:
        """One types at once, or goes on in the transcript."""
        if not self._wanted:
            self._input.focus()
        elif self._transcript.found is not None:
            self.show_found(self._transcript.found)

    def write(self) -> None:
        """Change what is looked for."""
        self._input.focus()

    def show_found(self, found: tuple[int, int]) -> None:
        """Say in which message of how many the search stands."""
        number, total = found
        text = "not found" if not total else f"message {number} of {total} · n N"
        self._count.update(text if self._input.value.strip() else "")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search with every character."""
        event.stop()
        self._transcript.look_for(event.value, keep=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go from match to match."""
        event.stop()
        if event.value.strip():
            self._transcript.focus()
        else:
            self.action_end()

    def action_end(self) -> None:
        """Stop searching."""
        self._transcript.focus()
        self._transcript.look_for("")
