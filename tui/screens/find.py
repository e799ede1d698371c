"""What the screens share that find one of many by typing: a field over a list."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tui.panes.rows import Rows
from tui.screens.dialog import Dialog, Result

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.widgets import OptionList


class Find(Dialog[Result]):
    """The field keeps the focus: typing narrows the list, arrow keys move in it, Enter or a click takes a row."""

    DEFAULT_CSS = """
    Find {
        Input { margin: 0 0 1 0; }
        Rows { height: auto; max-height: 18; background: $surface; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move('cursor_up')", show=False, priority=True),
        Binding("down", "move('cursor_down')", show=False, priority=True),
        Binding("pageup", "move('page_up')", show=False, priority=True),
        Binding("pagedown", "move('page_down')", show=False, priority=True),
    ]

    def __init__(self, title: str, *, enter: str, placeholder: str) -> None:
        super().__init__()
        self._title = title
        self._enter = enter
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """The field over the list."""
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            box.border_subtitle = f"↑ ↓ choose · Enter {self._enter} · Esc close"
            field = Input(placeholder=self._placeholder)
            field.cursor_blink = False
            yield field
            yield Rows()

    def on_resize(self, event: events.Resize) -> None:
        """Rows are cut to the width; the first size comes when the screen opens."""
        self.narrow(self.query_one(Input).value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        event.stop()
        self.narrow(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what is under the cursor."""
        event.stop()
        if chosen := self.rows.chosen:
            self.take(chosen)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click takes."""
        event.stop()
        self.take(event.option_id or "")

    def action_move(self, how: str) -> None:
        """Move the cursor while the field keeps the focus."""
        getattr(self.rows, f"action_{how}")()

    @property
    def rows(self) -> Rows:
        """The list."""
        return self.query_one(Rows)

    @abstractmethod
    def narrow(self, wanted: str) -> None:
        """Show the rows that fit what is typed."""

    @abstractmethod
    def take(self, chosen: str) -> None:
        """Dismiss with the row of this id."""
