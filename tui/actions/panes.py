"""Reaching and hiding the panes."""

from __future__ import annotations

from tui.actions.action import Action

ACTIONS: tuple[Action, ...] = (
    Action("pane.models", "Reach or hide Models", "Panes", lambda app: app.panes.toggle("models"), ("m",), ("f2",)),
    Action("pane.running", "Reach or hide Running", "Panes", lambda app: app.panes.toggle("running"), ("r",), ("f3",)),
    Action("pane.devices", "Reach or hide Devices", "Panes", lambda app: app.panes.toggle("devices"), ("v",), ("f10",)),
    Action(
        "pane.parameters",
        "Reach or hide Parameters",
        "Panes",
        lambda app: app.panes.toggle("parameters"),
        ("p",),
        ("f4",),
    ),
)
