"""One of many by name: type a part of it, Enter takes it."""

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
    from collections.abc import Sequence

    from textual.app import ComposeResult


class Choose(Dialog[str]):
    """Dismissed with the chosen name."""

    DEFAULT_CSS = """
    Choose {
        OptionList { max-height: 12; }
        Input { margin: 0 0 1 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
    ]

    def __init__(self, title: str, names: Sequence[str], chosen: str = "") -> None:
        super().__init__()
        self._title = title
        self._names = names
        self._first = chosen
        self._offered: list[str] = []

    def compose(self) -> ComposeResult:
        """The field over the list."""
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            box.border_subtitle = "↑ ↓ choose · Enter take · Esc leave it"
            field = Input(placeholder="a part of the name")
            field.cursor_blink = False
            yield field
            yield OptionList(markup=False)

    def on_mount(self) -> None:
        """Everything is offered until something is typed."""
        self._fill("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        event.stop()
        self._fill(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what is highlighted."""
        event.stop()
        place = self.query_one(OptionList).highlighted
        if place is not None:
            self.dismiss(self._offered[place])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click takes."""
        event.stop()
        self.dismiss(self._offered[event.option_index])

    def action_move(self, step: int) -> None:
        """Move the highlight while the field keeps the focus."""
        rows = self.query_one(OptionList)
        (rows.action_cursor_up if step < 0 else rows.action_cursor_down)()

    def _fill(self, wanted: str) -> None:
        self._offered = [name for name in self._names if wanted.lower() in name.lower()]
        rows = self.query_one(OptionList)
        rows.clear_options()
        rows.add_options([Option(Content(fit(clean_line(name), self.room - 1))) for name in self._offered])
        first = self._offered.index(self._first) if self._first in self._offered else 0
        rows.highlighted = first if self._offered else None
