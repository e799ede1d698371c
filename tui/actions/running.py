"""What can be done to a runner or a live request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected

if TYPE_CHECKING:
    from tui.app import PunaApp


def _request_chosen(app: PunaApp) -> str | None:
    return connected(app) or (None if app.panes.running.chosen_request else "no request is selected")


def _runner_chosen(app: PunaApp) -> str | None:
    return connected(app) or (None if app.panes.running.chosen_runner else "no model is loaded")


def _anything_loaded(app: PunaApp) -> str | None:
    return connected(app) or (None if app.workspace.runners else "no model is loaded")


def _log_chosen(app: PunaApp) -> str | None:
    return connected(app) or (None if app.panes.running.chosen_log[0] else "no model is loaded, and none has failed")


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
        lambda app: app.runners.unload(),
        ("u",),
        available=_runner_chosen,
        scope=Scope.RUNNING,
        hint="unload",
    ),
    Action(
        "running.unload_all",
        "Unload all models",
        "Running",
        lambda app: app.runners.unload_all(),
        ("U",),
        available=_anything_loaded,
        scope=Scope.RUNNING,
    ),
    Action(
        "running.keep",
        "Keep the selected model loaded, or let it go when idle",
        "Running",
        lambda app: app.runners.keep(),
        ("k",),
        available=_runner_chosen,
        scope=Scope.RUNNING,
        hint="keep",
    ),
    Action(
        "running.log",
        "Read the engine's log of the selected row",
        "Running",
        lambda app: app.runners.read_log(),
        ("l",),
        available=_log_chosen,
        scope=Scope.RUNNING,
        hint="log",
    ),
)
