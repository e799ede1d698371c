"""Help, commands, the looks, the line to the backend, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action
from tui.connection import Link

if TYPE_CHECKING:
    from tui.app import PunaApp


def _gone(app: PunaApp) -> str | None:
    return None if app.workspace.link in (Link.LOST, Link.FAILED) else "the backend is there"


ACTIONS: tuple[Action, ...] = (
    Action("app.help", "Help: all keys", "Puna", lambda app: app.open_help(), ("question_mark",), ("f1",)),
    Action("app.palette", "Find and run a command", "Puna", lambda app: app.open_palette(), ("colon",), ("ctrl+p",)),
    Action("theme.choose", "Choose a theme", "Puna", lambda app: app.themes.choose(), (), ("f8",)),
    Action("theme.next", "Next theme", "Puna", lambda app: app.themes.next(), ("t",)),
    Action(
        "backend.start", "Start the backend again", "Puna", lambda app: app.connections.restart(), (), ("f9",), _gone
    ),
    Action("connections.choose", "Switch to another backend", "Puna", lambda app: app.connections.choose(), ("b",)),
    Action("app.doctor", "Doctor: what works here and what to do", "Puna", lambda app: app.open_doctor(), ("D",)),
    Action("app.quit", "Quit; the backend goes on", "Puna", lambda app: app.exit(), ("q", "ctrl+d", "ctrl+q")),
)
