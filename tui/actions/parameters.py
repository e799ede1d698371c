"""What can be done to a parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope

if TYPE_CHECKING:
    from tui.app import PunaApp


def _changed_parameter(app: PunaApp) -> str | None:
    key = app.panes.parameters.chosen
    return None if key in app.workspace.parameters.own else f"{key} is not changed"


def _stepping_parameter(app: PunaApp) -> str | None:
    row = app.workspace.parameters.row(app.panes.parameters.chosen)
    return None if row.spec.steps else f"{row.spec.key} has no steps; Enter changes it"


def _any_changed(app: PunaApp) -> str | None:
    return None if app.workspace.parameters.own else "nothing is changed: there is nothing to save"


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
    Action(
        "parameters.more",
        "A step more",
        "Parameters",
        lambda app: app.parameters.step(app.panes.parameters.chosen, 1),
        ("plus", "equals_sign", "right"),
        available=_stepping_parameter,
        scope=Scope.PARAMETERS,
        hint="more",
    ),
    Action(
        "parameters.less",
        "A step less",
        "Parameters",
        lambda app: app.parameters.step(app.panes.parameters.chosen, -1),
        ("minus", "left"),
        available=_stepping_parameter,
        scope=Scope.PARAMETERS,
        hint="less",
    ),
    Action(
        "parameters.filter",
        "Find a parameter",
        "Parameters",
        lambda app: app.panes.parameters.open_filter(),
        ("slash",),
        scope=Scope.PARAMETERS,
    ),
    Action(
        "parameters.presets",
        "Apply, rename or delete presets",
        "Parameters",
        lambda app: app.parameters.choose(),
        ("l",),
        scope=Scope.PARAMETERS,
        hint="presets",
    ),
    Action(
        "parameters.save",
        "Save what is changed as a preset",
        "Parameters",
        lambda app: app.parameters.save(),
        ("n",),
        available=_any_changed,
        scope=Scope.PARAMETERS,
        hint="new preset",
    ),
)
