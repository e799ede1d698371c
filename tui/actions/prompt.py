"""What can be done to what is written in the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action

if TYPE_CHECKING:
    from tui.app import PunaApp


def _written_before(app: PunaApp) -> str | None:
    return None if app.panes.chat.prompt.remembered.entries() else "nothing was written yet"


def _file_named(app: PunaApp) -> str | None:
    return None if app.panes.chat.entry.files else "the message names no file; write @ and a path"


ACTIONS: tuple[Action, ...] = (
    Action(
        "prompt.editor",
        "Go on writing in your editor (also Ctrl+X Ctrl+E)",
        "Writing",
        lambda app: app.writing.open_editor(),
        (),
        ("ctrl+g",),
    ),
    Action(
        "prompt.find",
        "Find what you wrote before",
        "Writing",
        lambda app: app.writing.find(),
        ("h",),
        ("alt+r",),
        _written_before,
    ),
    Action(
        "prompt.detach",
        "Take the last file out of the message",
        "Writing",
        lambda app: app.writing.detach(),
        (),
        ("alt+x",),
        _file_named,
    ),
    Action("prompt.vim", "Vim's or emacs's keys", "Writing", lambda app: app.writing.toggle_vim(), (), ("alt+v",)),
)
