"""A text to read, such as a licence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean, clean_line

if TYPE_CHECKING:
    from textual.app import ComposeResult

_LIMIT = 200_000  # characters: more than any licence or template has


class TextPage(Dialog[None]):
    """Title and text may come from anywhere."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = clean_line(title)
        self._text = clean(text[:_LIMIT]).expandtabs(4)

    def compose(self) -> ComposeResult:
        """The whole text."""
        with VerticalScroll(classes="dialog") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = "↑ ↓ scroll · Esc close"
            yield Static(Content(self._text), markup=False)

    def on_mount(self) -> None:
        """The keys scroll at once."""
        self.query_one(VerticalScroll).focus()
