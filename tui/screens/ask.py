"""A question that is answered with a line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from backend.errors import SettingsError
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult


class Ask(Dialog[str]):
    """Dismissed with a text that `check` takes; it raises `ValueError` or `SettingsError` saying why not."""

    def __init__(self, title: str, question: str, value: str, check: Callable[[str], None]) -> None:
        super().__init__()
        self._title = clean_line(title)
        self._question = clean(question)
        self._value = clean_line(value)
        self._check = check

    def compose(self) -> ComposeResult:
        """The question, the field, and what is wrong."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = "Enter take · Esc leave it"
            yield Static(self._question, markup=False)
            field = Input(self._value)
            field.cursor_blink = False
            yield field
            yield Static("", id="ask-message", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the text, or say what is wrong with it."""
        event.stop()
        text = event.value.strip()
        try:
            self._check(text)
        except (ValueError, SettingsError) as error:
            self.query_one("#ask-message", Static).update(Content.styled(clean(str(error)), "$error"))
        else:
            self.dismiss(text)
