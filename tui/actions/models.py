"""What can be done to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected, no_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.actions.action import Reason
    from tui.app import PunaApp


def _none_chosen(app: PunaApp) -> str:
    return "no model fits the filter" if app.workspace.models else no_model(app)


def _model_chosen(app: PunaApp) -> str | None:
    return connected(app) or (None if app.panes.models.chosen else _none_chosen(app))


def _any_model(app: PunaApp) -> str | None:
    return None if app.workspace.models else no_model(app)


def _model_loaded(app: PunaApp) -> str | None:
    if reason := _model_chosen(app):
        return reason
    name = app.panes.models.chosen
    return None if app.workspace.runner(name) else f"{name} is not loaded"


def _action(
    name: str,
    title: str,
    key: str,
    run: Callable[[PunaApp, str], None],
    hint: str = "",
    available: Reason = _model_chosen,
) -> Action:
    """`run` is given the selected model."""
    return Action(
        f"models.{name}",
        title,
        "Models",
        lambda app: run(app, app.panes.models.chosen),
        tuple(key.split()),
        (),
        available,
        Scope.MODELS,
        hint,
    )


ACTIONS: tuple[Action, ...] = (
    _action("use", "Chat with the selected model", "enter", lambda app, model: app.models.use(model)),
    _action("load", "Load the selected model", "l", lambda app, model: app.runners.load(model), "load"),
    _action(
        "unload",
        "Unload the selected model",
        "u",
        lambda app, model: app.models.unload(model),
        "unload",
        _model_loaded,
    ),
    _action(
        "plan",
        "What loading the selected model would take and unload",
        "P",
        lambda app, model: app.runners.plan(model),
        "plan",
    ),
    _action("info", "About the selected model", "i", lambda app, model: app.models.inform(model), "about"),
    _action("delete", "Delete the selected model", "d delete", lambda app, model: app.models.delete(model), "delete"),
    Action(
        "models.get", "Get a model: pull or import", "Models", lambda app: app.models.get(), ("g",), ("f6",), connected
    ),
    _action("filter", "Filter the models", "slash", lambda app, _: app.panes.models.filter(), "filter", _any_model),
    _action(
        "keep",
        "Load the selected model and keep it, or let it go when idle",
        "k",
        lambda app, model: app.models.keep(model),
        "keep",
    ),
    _action("copy", "Copy the selected model", "C", lambda app, model: app.models.copy(model)),
    _action("edit", "Edit the Modelfile and make a new model of it", "e", lambda app, model: app.models.edit(model)),
    _action("update", "Get the newest version of the selected model", "U", lambda app, model: app.models.update(model)),
)
