"""What can be done to a parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope

if TYPE_CHECKING:
    from tui.app import PunaApp


def _changed_parameter(app: PunaApp) -> str | None:
    key = app.panes.parameters.chosen
    return None if key in app.workspace.parameters.own else f"{key} is not changed"


ACTIONS: tuple[Action, ...] = (
    Action(
        "parameters.edit",
        "Change the selected parameter",
        "Parameters",
        lambda app: app.parameters.edit(app.panes.parameters.chosen),
        ("enter", "e"),
        scope=Scope.PARAMETERS,
        hint="change",
    ),
    Action(
        "parameters.reset",
        "Back to the model's or the default value",
        "Parameters",
        lambda app: app.parameters.reset(app.panes.parameters.chosen),
        ("backspace", "delete"),
        available=_changed_parameter,
        scope=Scope.PARAMETERS,
        hint="reset",
    ),
)
