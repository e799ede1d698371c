"""The one registry of actions: it feeds key bindings, the help screen and the palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from tui.actions import (
    chat,
    compare,
    downloads,
    messages,
    models,
    panes,
    parameters,
    prompt,
    puna,
    running,
    sessions,
    tokens,
    transcript,
)

if TYPE_CHECKING:
    from textual.binding import BindingType

    from tui.actions.action import Action, Scope

ACTIONS: tuple[Action, ...] = (
    *chat.ACTIONS,
    *messages.ACTIONS,
    *sessions.ACTIONS,
    *transcript.ACTIONS,
    *prompt.ACTIONS,
    *tokens.ACTIONS,
    *compare.ACTIONS,
    *panes.ACTIONS,
    *models.ACTIONS,
    *downloads.ACTIONS,
    *running.ACTIONS,
    *parameters.ACTIONS,
    *puna.ACTIONS,
)
BY_ID = {action.id: action for action in ACTIONS}


def bindings(scope: Scope) -> list[BindingType]:
    """Textual's bindings for the actions of a scope; all run `App.action_do`.

    Each action has two slots, by which `tui.actions.keymap` gives it other keys; a slot without a key is bound to one
    that no keyboard has.
    """
    found: list[BindingType] = []
    for action in ACTIONS:
        if action.scope is scope:
            command = f"app.do('{action.id}')"
            plain, always = plain_slot(action), always_slot(action)
            found += [
                Binding(key, command, action.title, show=False, id=plain) for key in action.keys or (unbound(plain),)
            ]
            found += [
                Binding(key, command, action.title, show=False, priority=True, id=always)
                for key in action.global_keys or (unbound(always),)
            ]
    return found


def plain_slot(action: Action) -> str:
    """The id of the bindings that do not work while text is typed."""
    return action.id


def always_slot(action: Action) -> str:
    """The id of the bindings that always work."""
    return f"{action.id} always"


def unbound(slot: str) -> str:
    """A key that no keyboard has."""
    return f"unbound {slot}"
