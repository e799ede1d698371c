"""What can be done to a message of the chat: the chosen one, or the last where none is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected

if TYPE_CHECKING:
    from tui.app import PunaApp

_EMPTY = "this chat is still empty"


def _chosen(app: PunaApp) -> str | None:
    return connected(app) or (None if app.messages.chosen else _EMPTY)


def _ended(app: PunaApp) -> str | None:
    if reason := _chosen(app):
        return reason
    return f"a reply is running; {app.keys.name('app.back')} stops it" if app.turns.running else None


def _can_ask(app: PunaApp) -> str | None:
    return app.turns.refusal() or (None if app.messages.asked else "there is no message to reply to")


def _of_user(app: PunaApp) -> str | None:
    return connected(app) or (None if app.messages.asked else "there is no message of yours")


def _forked(app: PunaApp) -> str | None:
    if reason := _chosen(app):
        return reason
    again, anew = app.keys.name("messages.again"), app.keys.name("messages.rewrite")
    return None if app.messages.forked else f"this chat has one branch; {again} and {anew} begin others"


_MESSAGE = partial(Action, group="Messages", scope=Scope.TRANSCRIPT)
ACTIONS: tuple[Action, ...] = (
    _MESSAGE(
        "messages.again",
        "Ask again: another reply",
        run=lambda app: app.messages.ask_again(),
        keys=("a",),
        available=_can_ask,
    ),
    _MESSAGE(
        "messages.rewrite",
        "Write a message anew, as a branch",
        run=lambda app: app.messages.rewrite(),
        keys=("e",),
        available=_of_user,
    ),
    _MESSAGE(
        "messages.edit",
        "Edit a message where it stands",
        run=lambda app: app.messages.edit(),
        keys=("E",),
        available=_ended,
    ),
    _MESSAGE(
        "messages.branch",
        "Begin a branch after a message",
        run=lambda app: app.messages.branch(),
        keys=("f",),
        available=_chosen,
    ),
    _MESSAGE(
        "messages.previous_branch",
        "Previous branch",
        run=lambda app: app.messages.switch(-1),
        keys=("left", "less_than_sign"),
        available=_forked,
    ),
    _MESSAGE(
        "messages.next_branch",
        "Next branch",
        run=lambda app: app.messages.switch(1),
        keys=("right", "greater_than_sign"),
        available=_forked,
    ),
    _MESSAGE(
        "messages.delete",
        "Delete a message alone",
        run=lambda app: app.messages.delete(descendants=False),
        keys=("d", "delete"),
        available=_ended,
    ),
    _MESSAGE(
        "messages.delete_below",
        "Delete a message and all below it",
        run=lambda app: app.messages.delete(descendants=True),
        keys=("X",),
        available=_ended,
    ),
)
