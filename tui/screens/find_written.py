"""Finding something that was written in the prompt before."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui.quantity import fit
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.prompt.history import History

_SHOWN = 200


class FindWritten(Dialog[str]):
    """Dismissed with the text that was chosen."""

    DEFAULT_CSS = """
    FindWritten OptionList { max-height: 14; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
    ]

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history
        self._found: list[str] = []

    def compose(self) -> ComposeResult:
        """The field over the list."""
        with Vertical(classes="dialog") as box:
            box.border_title = "What you wrote before"
            box.border_subtitle = "↑ ↓ choose · Enter into the prompt · Esc close"
            field = Input(placeholder="words that stood in it")
            field.cursor_blink = False
            yield field
            yield OptionList(markup=False)

    def on_mount(self) -> None:
        """The newest first."""
        self._fill("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        event.stop()
        self._fill(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what is highlighted."""
        event.stop()
        self._take(self.query_one(OptionList).highlighted)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click takes."""
        event.stop()
        self._take(event.option_index)

    def action_move(self, step: int) -> None:
        """Move the highlight while the field keeps the focus."""
        rows = self.query_one(OptionList)
        (rows.action_cursor_up if step < 0 else rows.action_cursor_down)()

    def _fill(self, wanted: str) -> None:
        rows = self.query_one(OptionList)
        self._found = self._history.search(wanted)[:_SHOWN]
        rows.clear_options()
        texts = [Content(fit(clean_line(text), self.room - 1)) for text in self._found]
        nothing = "nothing was written with these words" if wanted else "nothing was written yet"
        rows.add_options([Option(text) for text in texts] or [Option(Content.styled(nothing, "$muted"), disabled=True)])
        rows.highlighted = 0 if self._found else None

    def _take(self, at: int | None) -> None:
        if at is not None and at < len(self._found):
            self.dismiss(self._found[at])
