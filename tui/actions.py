"""The one registry of actions: it feeds key bindings, the help screen and the palette.

An action says by `available` why it cannot be done now; whoever offers it shows that reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from tui.connection import Link

if TYPE_CHECKING:
    from tui.app import PunaApp

Run = Callable[["PunaApp"], None]
Reason = Callable[["PunaApp"], "str | None"]


class Scope(Enum):
    """Where an action's plain keys work. Those of `APP` work everywhere but in a text field."""

    APP = "app"
    MODELS = "models"
    RUNNING = "running"
    PARAMETERS = "parameters"


def _always(_: PunaApp) -> str | None:
    return None


def _connected(app: PunaApp) -> str | None:
    return None if app.workspace.link is Link.UP else "the backend is not connected"


def _model_chosen(app: PunaApp) -> str | None:
    return _connected(app) or (None if app.panes.models.chosen else "there is no model yet; g gets one")


def _model_loaded(app: PunaApp) -> str | None:
    if reason := _model_chosen(app):
        return reason
    name = app.panes.models.chosen
    return None if app.workspace.runner(name) else f"{name} is not loaded"


def _request_chosen(app: PunaApp) -> str | None:
    return _connected(app) or (None if app.panes.running.chosen_request else "no request is selected")


def _runner_chosen(app: PunaApp) -> str | None:
    return _connected(app) or (None if app.panes.running.chosen_model else "no model is loaded")


def _replying(app: PunaApp) -> str | None:
    return None if app.turns.running else "nothing to stop; Ctrl+D quits"


def _chat_begun(app: PunaApp) -> str | None:
    return None if app.turns.messages else "this chat is still empty"


def _changed_parameter(app: PunaApp) -> str | None:
    key = app.panes.parameters.chosen
    return None if key in app.workspace.parameters.own else f"{key} is not changed"


def _gone(app: PunaApp) -> str | None:
    return None if app.workspace.link in (Link.LOST, Link.FAILED) else "the backend is there"


@dataclass(frozen=True, slots=True)
class Action:
    """`keys` do not work while text is typed, `global_keys` always do. None of them is taken by tmux or screen."""

    id: str
    title: str
    group: str
    run: Run
    keys: tuple[str, ...] = ()
    global_keys: tuple[str, ...] = ()
    available: Reason = _always
    scope: Scope = Scope.APP


ACTIONS: tuple[Action, ...] = (
    Action("pane.chat", "Write a message", "Chat", lambda app: app.panes.reach("chat"), ("c",), ("f5",)),
    Action("chat.stop", "Stop the reply", "Chat", lambda app: app.turns.stop(), (), ("ctrl+c",), _replying),
    Action("chat.new", "Start a new chat", "Chat", lambda app: app.turns.new_chat(), (), ("ctrl+n",), _chat_begun),
    Action("app.back", "Stop, leave or come back to the prompt", "Chat", lambda app: app.back(), ("escape",)),
    Action("pane.models", "Reach or hide Models", "Panes", lambda app: app.panes.toggle("models"), ("m",), ("f2",)),
    Action("pane.running", "Reach or hide Running", "Panes", lambda app: app.panes.toggle("running"), ("r",), ("f3",)),
    Action(
        "pane.parameters",
        "Reach or hide Parameters",
        "Panes",
        lambda app: app.panes.toggle("parameters"),
        ("p",),
        ("f4",),
    ),
    Action(
        "models.use",
        "Chat with the selected model",
        "Models",
        lambda app: app.operations.use(app.panes.models.chosen),
        ("enter",),
        available=_model_chosen,
        scope=Scope.MODELS,
    ),
    Action(
        "models.load",
        "Load the selected model",
        "Models",
        lambda app: app.operations.load(app.panes.models.chosen),
        ("l",),
        available=_model_chosen,
        scope=Scope.MODELS,
    ),
    Action(
        "models.unload",
        "Unload the selected model",
        "Models",
        lambda app: app.operations.unload(app.panes.models.chosen),
        ("u",),
        available=_model_loaded,
        scope=Scope.MODELS,
    ),
    Action(
        "models.info",
        "About the selected model",
        "Models",
        lambda app: app.operations.inform(app.panes.models.chosen),
        ("i",),
        available=_model_chosen,
        scope=Scope.MODELS,
    ),
    Action(
        "models.delete",
        "Delete the selected model",
        "Models",
        lambda app: app.operations.delete(app.panes.models.chosen),
        ("d", "delete"),
        available=_model_chosen,
        scope=Scope.MODELS,
    ),
    Action(
        "models.get",
        "Get a model: pull or import",
        "Models",
        lambda app: app.operations.get_model(),
        ("g", "n"),
        ("f6",),
        _connected,
    ),
    Action(
        "running.cancel",
        "Cancel the selected request",
        "Running",
        lambda app: app.operations.cancel(app.panes.running.chosen_request),
        ("x",),
        available=_request_chosen,
        scope=Scope.RUNNING,
    ),
    Action(
        "running.unload",
        "Unload the model of the selected row",
        "Running",
        lambda app: app.operations.unload(app.panes.running.chosen_model),
        ("u",),
        available=_runner_chosen,
        scope=Scope.RUNNING,
    ),
    Action(
        "parameters.edit",
        "Change the selected parameter",
        "Parameters",
        lambda app: app.operations.edit_parameter(app.panes.parameters.chosen),
        ("enter", "e"),
        scope=Scope.PARAMETERS,
    ),
    Action(
        "parameters.reset",
        "Back to the model's or the default value",
        "Parameters",
        lambda app: app.operations.reset_parameter(app.panes.parameters.chosen),
        ("backspace", "delete"),
        available=_changed_parameter,
        scope=Scope.PARAMETERS,
    ),
    Action("app.help", "Help: all keys", "Puna", lambda app: app.open_help(), ("question_mark",), ("f1",)),
    Action("app.palette", "Find and run a command", "Puna", lambda app: app.open_palette(), ("colon",), ("ctrl+p",)),
    Action("theme.next", "Next theme", "Puna", lambda app: app.next_theme(), ("t",), ("f8",)),
    Action("backend.start", "Start the backend again", "Puna", lambda app: app.reconnect(), (), ("f9",), _gone),
    Action("app.quit", "Quit; the backend goes on", "Puna", lambda app: app.exit(), ("q", "ctrl+d", "ctrl+q")),
)
BY_ID = {action.id: action for action in ACTIONS}

_KEY_NAMES = {
    "question_mark": "?",
    "colon": ":",
    "escape": "Esc",
    "enter": "Enter",
    "backspace": "Backspace",
    "delete": "Del",
}


def bindings(scope: Scope) -> list[BindingType]:
    """Textual's bindings for the actions of a scope; all run `App.action_do`."""
    found: list[BindingType] = []
    for action in ACTIONS:
        if action.scope is scope:
            command = f"app.do('{action.id}')"
            found += [Binding(key, command, action.title, show=False) for key in action.keys]
            found += [Binding(key, command, action.title, show=False, priority=True) for key in action.global_keys]
    return found


def key_name(key: str) -> str:
    """A key as it stands on the keyboard: `Ctrl+N`, `F2`, `?`."""
    if key in _KEY_NAMES:
        return _KEY_NAMES[key]
    if "+" in key:
        return "+".join(part.upper() if len(part) == 1 else part.capitalize() for part in key.split("+"))
    return key.upper() if key[0] == "f" and key[1:].isdigit() else key


def key_names(action: Action) -> str:
    """All keys of an action for people, the ones that always work first."""
    return " ".join(key_name(key) for key in (*action.global_keys, *action.keys))
