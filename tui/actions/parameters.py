"""What can be done to a parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, always

if TYPE_CHECKING:
    from tui.actions.action import Reason, Run
    from tui.app import PunaApp


def _changed_parameter(app: PunaApp) -> str | None:
    key = app.panes.parameters.chosen
    return None if key in app.workspace.parameters.own else f"{key} is not changed"


def _stepping_parameter(app: PunaApp) -> str | None:
    row = app.workspace.parameters.row(app.panes.parameters.chosen)
    return None if row.spec.steps else f"{row.spec.key} has no steps; {app.keys.name('parameters.edit')} changes it"


def _any_changed(app: PunaApp) -> str | None:
    return None if app.workspace.parameters.own else "nothing is changed: there is nothing to save"


def _action(
    name: str, title: str, keys: tuple[str, ...], run: Run, available: Reason = always, hint: str = ""
) -> Action:
    return Action(f"parameters.{name}", title, "Parameters", run, keys, (), available, Scope.PARAMETERS, hint)


ACTIONS: tuple[Action, ...] = (
    _action(
        "edit",
        "Change the selected parameter",
        ("enter", "e"),
        lambda app: app.parameters.edit(app.panes.parameters.chosen),
        hint="change",
    ),
    _action(
        "reset",
        "Back to the model's or the default value",
        ("backspace", "delete"),
        lambda app: app.parameters.reset(app.panes.parameters.chosen),
        _changed_parameter,
        "reset",
    ),
    _action(
        "more",
        "A step more",
        ("plus", "equals_sign", "right"),
        lambda app: app.parameters.step(app.panes.parameters.chosen, 1),
        _stepping_parameter,
        "more",
    ),
    _action(
        "less",
        "A step less",
        ("minus", "left"),
        lambda app: app.parameters.step(app.panes.parameters.chosen, -1),
        _stepping_parameter,
        "less",
    ),
    _action("filter", "Find a parameter", ("slash",), lambda app: app.panes.parameters.open_filter()),
    _action(
        "presets",
        "Apply, rename or delete presets",
        ("l",),
        lambda app: app.parameters.choose(),
        hint="presets",
    ),
    _action(
        "save",
        "Save what is changed as a preset",
        ("n",),
        lambda app: app.parameters.save(),
        _any_changed,
        "new preset",
    ),
)
