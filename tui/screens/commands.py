"""Every slash command, made from the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.actions.registry import ACTIONS
from tui.screens.beside import beside
from tui.screens.dialog import Dialog
from tui.slash.table import COMMANDS

if TYPE_CHECKING:
    from textual.app import ComposeResult

_NAMES = 32
_MORE = (
    'Text between """ may have several lines. @path puts a text file into the message, the path of an image attaches '
    "the image. A blank before a slash, or a second slash, sends it as text."
)


class CommandHelp(Dialog[None]):
    """`topic` is the beginning of the commands that are shown; empty shows all, and the app's actions."""

    def __init__(self, topic: str) -> None:
        super().__init__()
        self._topic = topic

    def compose(self) -> ComposeResult:
        """One line a command."""
        with VerticalScroll(classes="dialog") as box:
            box.border_title = "Commands"
            box.border_subtitle = "↑ ↓ scroll · Esc close"
            yield Static(self._text(), markup=False)

    def on_mount(self) -> None:
        """The keys scroll at once."""
        self.query_one(VerticalScroll).focus()

    def _text(self) -> Content:
        fitting = [item for item in COMMANDS if item.name.startswith(self._topic)] or COMMANDS
        lines = [self._line(command.written, command.about) for command in fitting]
        if fitting is COMMANDS or not self._topic:
            lines += [Content(""), Content.styled("Everything else that the app can do", "bold $primary")]
            lines += [self._line(f"/{action.id}", action.title) for action in ACTIONS]
        return Content("\n").join([*lines, Content(""), Content.styled(_MORE, "$muted")])

    def _line(self, written: str, about: str) -> Content:
        return beside((written, "$accent"), [(about, "")], _NAMES, self.room)
