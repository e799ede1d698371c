"""A text that is asked for: one line, or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from backend.errors import SettingsError
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    Check = Callable[[str], None]

_KEYS = "Enter take · Esc leave it"
_KEYS_MANY = "Enter take · Alt+Enter new line · Esc leave it"


class EnterText(Dialog[str]):
    """Dismissed with the text, which may be empty; with `None` if the user leaves it.

    A text that `check` does not take, by raising a `ValueError` or a `SettingsError` that says why, stays.
    """

    DEFAULT_CSS = "EnterText TextArea { height: auto; min-height: 4; max-height: 14; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take", show=False, priority=True),
        Binding("alt+enter,ctrl+j", "new_line", "New line", show=False, priority=True),
    ]

    def __init__(
        self, title: str, about: str, text: str = "", *, many: bool = False, check: Check | None = None
    ) -> None:
        super().__init__()
        self._title = title
        self._about = clean(about)
        self._text = clean(text) if many else clean_line(text)
        self._many = many
        self._check = check

    def compose(self) -> ComposeResult:
        """What is asked for over the field."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = _KEYS_MANY if self._many else _KEYS
            yield Static(self._about, markup=False)
            if self._many:
                area = TextArea(self._text, compact=True, highlight_cursor_line=False)
                area.cursor_blink = False
                area.move_cursor(area.document.end)
                yield area
            else:
                field = Input(self._text, select_on_focus=False)
                field.cursor_blink = False
                yield field
            if self._check is not None:
                yield Static("", id="enter-message", markup=False)

    def action_new_line(self) -> None:
        """Begin a new line where there may be several."""
        if self._many:
            field = self.query_one(TextArea)
            field.call_later(field.insert, "\n")

    def action_take(self) -> None:
        """Close with what is written."""
        # A key with priority comes before the text that was typed ahead of it.
        self.query_one(TextArea if self._many else Input).call_later(self._take)

    def _take(self) -> None:
        text = self.query_one(TextArea).text if self._many else self.query_one(Input).value
        try:
            if self._check is not None:
                self._check(text)
        except (ValueError, SettingsError) as error:
            self.query_one("#enter-message", Static).update(Content.styled(clean(str(error)), "$error"))
        else:
            self.dismiss(text)
