"""What can be done to a runner or a live request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected

if TYPE_CHECKING:
    from tui.actions.action import Reason, Run
    from tui.app import PunaApp


def _request_chosen(app: PunaApp) -> str | None:
    return connected(app) or (None if app.panes.running.chosen_request else "no request is selected")


def _runner_chosen(app: PunaApp) -> str | None:
    return connected(app) or (None if app.panes.running.chosen_runner else "no model is loaded")


def _anything_loaded(app: PunaApp) -> str | None:
    return connected(app) or (None if app.workspace.runners else "no model is loaded")


def _log_chosen(app: PunaApp) -> str | None:
    return connected(app) or (None if app.panes.running.chosen_log[0] else "no model is loaded, and none has failed")


def _action(name: str, title: str, key: str, run: Run, available: Reason, hint: str = "") -> Action:
    return Action(f"running.{name}", title, "Running", run, (key,), (), available, Scope.RUNNING, hint)


ACTIONS: tuple[Action, ...] = (
    _action(
        "cancel",
        "Cancel the selected request",
        "x",
        lambda app: app.requests.cancel(app.panes.running.chosen_request),
        _request_chosen,
        "cancel",
    ),
    _action(
        "unload",
        "Unload the model of the selected row",
        "u",
        lambda app: app.runners.unload(),
        _runner_chosen,
        "unload",
    ),
    _action("unload_all", "Unload all models", "U", lambda app: app.runners.unload_all(), _anything_loaded),
    _action(
        "keep",
        "Keep the selected model loaded, or let it go when idle",
        "k",
        lambda app: app.runners.keep_chosen(),
        _runner_chosen,
        "keep",
    ),
    _action(
        "log", "Read the engine's log of the selected row", "l", lambda app: app.runners.read_log(), _log_chosen, "log"
    ),
)
