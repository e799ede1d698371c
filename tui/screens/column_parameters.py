"""The parameters of one column of a comparison, as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, TextArea

from tui.compare.options import read, written
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

_ABOUT = "One a line, as in: temperature 0.2. What is left out is as the model or the chat has it."


class ColumnParameters(Dialog[dict[str, object]]):
    """Dismissed with the options that were taken."""

    DEFAULT_CSS = "ColumnParameters TextArea { height: 8; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", show=False, priority=True),
        Binding("alt+enter,ctrl+j", "new_line", show=False, priority=True),
    ]

    def __init__(self, title: str, options: Mapping[str, object]) -> None:
        super().__init__()
        self._title = title
        self._options = options

    def compose(self) -> ComposeResult:
        """What it is about, the field, then what is wrong."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = "Enter take · Alt+Enter new line · Esc leave it"
            yield Static(_ABOUT, markup=False)
            area = TextArea(clean(written(self._options)), compact=True, highlight_cursor_line=False)
            area.cursor_blink = False
            area.move_cursor(area.document.end)
            yield area
            yield Static(id="column-parameters-message", markup=False)

    def action_new_line(self) -> None:
        """Begin a new line."""
        field = self.query_one(TextArea)
        field.call_later(field.insert, "\n")

    def action_take(self) -> None:
        """Take the lines, or say what is wrong with them."""
        # A key with priority comes before the text that was typed ahead of it.
        self.query_one(TextArea).call_later(self._take)

    def _take(self) -> None:
        try:
            options = read(self.query_one(TextArea).text)
        except ValueError as error:
            self.query_one("#column-parameters-message", Static).update(Content.styled(clean(str(error)), "$error"))
        else:
            self.dismiss(options)
