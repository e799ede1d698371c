"""Help, commands, the looks, the line to the backend, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action
from tui.connection import Link
from tui.terminal.pace import LowBandwidth

if TYPE_CHECKING:
    from tui.app import PunaApp


_BANDWIDTH = {
    LowBandwidth.AUTO: "low bandwidth: by itself when the line is slow",
    LowBandwidth.ON: "low bandwidth: text and gauges come less often",
    LowBandwidth.OFF: "low bandwidth: never",
}


def _gone(app: PunaApp) -> str | None:
    return None if app.workspace.link in (Link.LOST, Link.FAILED) else "the backend is there"


def _change_bandwidth(app: PunaApp) -> None:
    app.pace.choice = app.pace.choice.following
    app.say(_BANDWIDTH[app.pace.choice])
    app.show_state()


ACTIONS: tuple[Action, ...] = (
    Action("app.help", "Help: all keys", "Puna", lambda app: app.screens.help(), ("question_mark",), ("f1",)),
    Action("app.palette", "Find and run a command", "Puna", lambda app: app.screens.palette(), ("colon",), ("ctrl+p",)),
    Action("app.redraw", "Draw the screen again", "Puna", lambda app: app.redraw(), ("R",), ("alt+l",)),
    Action(
        "app.low_bandwidth",
        "Low bandwidth: automatic, on or off",
        "Puna",
        _change_bandwidth,
        ("b",),
    ),
    Action("theme.choose", "Choose a theme", "Puna", lambda app: app.themes.choose(), (), ("f8",)),
    Action("theme.next", "Next theme", "Puna", lambda app: app.themes.next(), ("t",)),
    Action(
        "backend.start", "Start the backend again", "Puna", lambda app: app.connections.restart(), (), ("f9",), _gone
    ),
    Action("connections.choose", "Switch to another backend", "Puna", lambda app: app.connections.choose(), ("B",)),
    Action(
        "app.doctor",
        "Doctor: what works here",
        "Puna",
        lambda app: app.screens.doctor(),
        ("exclamation_mark",),
    ),
    Action("app.quit", "Quit; the backend goes on", "Puna", lambda app: app.exit(), ("q", "ctrl+d", "ctrl+q")),
)
