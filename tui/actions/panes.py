"""Reaching and hiding the panes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.actions.action import Action

if TYPE_CHECKING:
    from tui.app import PunaApp


def _toggle(name: str, app: PunaApp) -> None:
    app.panes.toggle(name)


ACTIONS: tuple[Action, ...] = tuple(
    Action(f"pane.{name}", f"Reach or hide {name.capitalize()}", "Panes", partial(_toggle, name), (key,), (always,))
    for name, key, always in (
        ("models", "m", "f2"),
        ("running", "r", "f3"),
        ("devices", "v", "f10"),
        ("parameters", "p", "f4"),
    )
)
