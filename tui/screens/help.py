"""Every action with its keys, made from the registry."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.actions.registry import ACTIONS, key_names
from tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from tui.actions.action import Action

_INTRO = (
    "Esc leaves the prompt; then single letters work. The keys of a pane work while it has the focus, "
    "F and Ctrl keys everywhere."
)
_KEYS_WIDTH = 18
_FIRST = (
    ("Enter", "send the message"),
    ("Alt+Enter Ctrl+J", "new line in the message"),
    ("PgUp PgDn", "scroll the chat while writing"),
    ("Home End", "start and end of the chat when nothing is written"),
)


class Help(Dialog[None]):
    """`reason` tells of an action why it cannot be done now; such actions are dim and say why."""

    def __init__(self, reason: Callable[[Action], str | None]) -> None:
        super().__init__()
        self._reason = reason

    def compose(self) -> ComposeResult:
        """One block per group."""
        with VerticalScroll(classes="dialog") as box:
            box.border_title = "Help"
            box.border_subtitle = "↑ ↓ scroll · Esc close"
            yield Static(self._text(self.room), markup=False)

    def on_mount(self) -> None:
        """The keys scroll at once."""
        self.query_one(VerticalScroll).focus()

    def _text(self, width: int) -> Content:
        lines = [
            Content(_INTRO),
            Content(""),
            Content.styled("Writing", "bold $primary"),
        ]
        lines += [_line(keys, title, None, width) for keys, title in _FIRST]
        for group, actions in groupby(ACTIONS, key=lambda action: action.group):
            lines += [Content(""), Content.styled(group, "bold $primary")]
            lines += [_line(key_names(action), action.title, self._reason(action), width) for action in actions]
        return Content("\n").join(lines)


def _line(keys: str, title: str, reason: str | None, width: int) -> Content:
    """The reason stands under the title where it does not fit beside it."""
    if reason is None:
        return Content.assemble((keys.ljust(_KEYS_WIDTH), "$accent"), " ", title)
    lead = "\n" + " " * (_KEYS_WIDTH + 1) if _KEYS_WIDTH + 1 + cell_len(f"{title}  ({reason})") > width else "  "
    return Content.assemble((keys.ljust(_KEYS_WIDTH), "$muted"), " ", title, (f"{lead}({reason})", "$muted"))
