"""What can be done to a runner or a live request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected

if TYPE_CHECKING:
    from tui.app import PunaApp


def _request_chosen(app: PunaApp) -> str | None:
    return connected(app) or (None if app.panes.running.chosen_request else "no request is selected")


def _runner_chosen(app: PunaApp) -> str | None:
    return connected(app) or (None if app.panes.running.chosen_model else "no model is loaded")


ACTIONS: tuple[Action, ...] = (
    Action(
        "running.cancel",
        "Cancel the selected request",
        "Running",
        lambda app: app.requests.cancel(app.panes.running.chosen_request),
        ("x",),
        available=_request_chosen,
        scope=Scope.RUNNING,
        hint="cancel",
    ),
    Action(
        "running.unload",
        "Unload the model of the selected row",
        "Running",
        lambda app: app.models.unload(app.panes.running.chosen_model),
        ("u",),
        available=_runner_chosen,
        scope=Scope.RUNNING,
        hint="unload",
    ),
)
