"""Change one parameter; what is not allowed is said while typing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from tui.parameter_specs import Kind
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean, clean_line

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.parameters import Parameters

_KEYS = "Enter take · Esc leave it"
_KEYS_MANY = "Enter take · Alt+Enter new line · Esc leave it"


class EditParameter(Dialog[bool]):
    """Dismissed with true when the value was taken."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take", show=False, priority=True),
        Binding("alt+enter,ctrl+j", "new_line", "New line", show=False, priority=True),
    ]

    def __init__(self, parameters: Parameters, key: str) -> None:
        super().__init__()
        self._parameters = parameters
        self._row = parameters.row(key)
        self._many = self._row.spec.kind in (Kind.TEXT, Kind.LIST)

    def compose(self) -> ComposeResult:
        """Meaning, field, then the range or what is wrong."""
        spec, text = self._row.spec, clean(self._parameters.text(self._row.spec.key))
        with Vertical(classes="dialog") as box:
            box.border_title = spec.key
            box.border_subtitle = _KEYS_MANY if self._many else _KEYS
            yield Static(spec.about, markup=False)
            if self._many:
                area = TextArea(text, id="parameter-text", compact=True, highlight_cursor_line=False)
                area.cursor_blink = False
                yield area
            else:
                field = Input(clean_line(text), id="parameter-value", placeholder=clean_line(self._row.value))
                field.cursor_blink = False
                yield field
            yield Static(self._allowed(), id="parameter-message", markup=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say at once whether the value would be taken."""
        event.stop()
        message = self._allowed()
        if event.value.strip():
            try:
                self._parameters.check(self._row.spec.key, event.value)
            except ValueError as error:
                message = Content.styled(str(error), "$error")
        self.query_one("#parameter-message", Static).update(message)

    def action_new_line(self) -> None:
        """Begin a new line, as in the prompt, where the value may have several."""
        if self._many:
            field = self.query_one(TextArea)
            field.call_later(field.insert, "\n")

    def action_take(self) -> None:
        """Take the value, or say what is wrong with it."""
        # A key with priority comes before the text that was typed ahead of it.
        self.query_one(TextArea if self._many else Input).call_later(self._take)

    def _take(self) -> None:
        text = self.query_one(TextArea).text if self._many else self.query_one(Input).value
        key = self._row.spec.key
        try:
            if text.strip():
                self._parameters.set(key, text)
            else:
                self._parameters.reset(key)
        except ValueError as error:
            self.query_one("#parameter-message", Static).update(Content.styled(clean(str(error)), "$error"))
        else:
            self.dismiss(True)

    def _allowed(self) -> Content:
        return Content.styled(f"Allowed: {self._row.spec.allowed}. Empty: back to the default.", "$muted")
