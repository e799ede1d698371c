"""What can be done to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected

if TYPE_CHECKING:
    from tui.app import PunaApp


def _model_chosen(app: PunaApp) -> str | None:
    return connected(app) or (None if app.panes.models.chosen else "there is no model yet; g gets one")


def _model_loaded(app: PunaApp) -> str | None:
    if reason := _model_chosen(app):
        return reason
    name = app.panes.models.chosen
    return None if app.workspace.runner(name) else f"{name} is not loaded"


ACTIONS: tuple[Action, ...] = (
    Action(
        "models.use",
        "Chat with the selected model",
        "Models",
        lambda app: app.models.use(app.panes.models.chosen),
        ("enter",),
        available=_model_chosen,
        scope=Scope.MODELS,
    ),
    Action(
        "models.load",
        "Load the selected model",
        "Models",
        lambda app: app.runners.load(app.panes.models.chosen),
        ("l",),
        available=_model_chosen,
        scope=Scope.MODELS,
        hint="load",
    ),
    Action(
        "models.unload",
        "Unload the selected model",
        "Models",
        lambda app: app.models.unload(app.panes.models.chosen),
        ("u",),
        available=_model_loaded,
        scope=Scope.MODELS,
        hint="unload",
    ),
    Action(
        "models.plan",
        "What loading the selected model would take and unload",
        "Models",
        lambda app: app.runners.plan(app.panes.models.chosen),
        ("P",),
        available=_model_chosen,
        scope=Scope.MODELS,
        hint="plan",
    ),
    Action(
        "models.info",
        "About the selected model",
        "Models",
        lambda app: app.models.inform(app.panes.models.chosen),
        ("i",),
        available=_model_chosen,
        scope=Scope.MODELS,
        hint="about",
    ),
    Action(
        "models.delete",
        "Delete the selected model",
        "Models",
        lambda app: app.models.delete(app.panes.models.chosen),
        ("d", "delete"),
        available=_model_chosen,
        scope=Scope.MODELS,
        hint="delete",
    ),
    Action(
        "models.get",
        "Get a model: pull or import",
        "Models",
        lambda app: app.models.get(),
        ("g",),
        ("f6",),
        connected,
    ),
)
