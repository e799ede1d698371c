"""The one registry of actions: it feeds key bindings, the help screen and the palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from tui.actions import chat, compare, models, panes, parameters, puna, running, tokens

if TYPE_CHECKING:
    from textual.binding import BindingType

    from tui.actions.action import Action, Scope

ACTIONS: tuple[Action, ...] = (
    *chat.ACTIONS,
    *tokens.ACTIONS,
    *compare.ACTIONS,
    *panes.ACTIONS,
    *models.ACTIONS,
    *running.ACTIONS,
    *parameters.ACTIONS,
    *puna.ACTIONS,
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
