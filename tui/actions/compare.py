"""Comparing models and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected

if TYPE_CHECKING:
    from tui.app import PunaApp

_CLOSED = "open a comparison first: Ctrl+O"
_FEWEST, _MOST = 2, 4


def _can_compare(app: PunaApp) -> str | None:
    return connected(app) or (None if app.workspace.model else "there is no model yet; F6 gets one")


def _open(app: PunaApp) -> str | None:
    return None if app.compare.screen else _CLOSED


def _quiet(app: PunaApp) -> str | None:
    if app.compare.screen is None:
        return _CLOSED
    return "replies are running; s stops them" if app.compare.screen.comparison.running else connected(app)


def _asked(app: PunaApp) -> str | None:
    if reason := _quiet(app):
        return reason
    return None if app.compare.screen and app.compare.screen.comparison.asked else "nothing was asked yet"


def _running(app: PunaApp) -> str | None:
    if app.compare.screen is None:
        return _CLOSED
    return None if app.compare.screen.comparison.running else "no reply is running"


def _room(app: PunaApp) -> str | None:
    if reason := _quiet(app):
        return reason
    full = app.compare.screen is not None and len(app.compare.screen.comparison.columns) >= _MOST
    return f"there are {_MOST} columns, which is the most" if full else None


def _spare(app: PunaApp) -> str | None:
    if reason := _quiet(app):
        return reason
    few = app.compare.screen is not None and len(app.compare.screen.comparison.columns) <= _FEWEST
    return f"a comparison has at least {_FEWEST} columns" if few else None


def _in_chat(app: PunaApp) -> str | None:
    if reason := _quiet(app):
        return reason
    if app.workspace.chat.session is None:
        return "the chat is still empty"
    return "a reply of the chat is running" if app.turns.running else None


def _replied(app: PunaApp) -> str | None:
    if reason := _open(app) or connected(app):
        return reason
    return None if app.compare.screen and app.compare.screen.chosen.turn else "this column has no reply yet"


def _differ(app: PunaApp) -> None:
    if app.compare.screen is not None:
        app.compare.screen.toggle_difference()


def _edit(app: PunaApp) -> None:
    if app.compare.screen is not None:
        app.compare.screen.edit_question()


ACTIONS: tuple[Action, ...] = (
    Action(
        "compare.open",
        "Compare models or parameters",
        "Compare",
        lambda app: app.compare.open(),
        (),
        ("ctrl+o",),
        _can_compare,
    ),
    Action(
        "compare.model",
        "Another model for the column",
        "Compare",
        lambda app: app.compare.choose_model(),
        ("m",),
        available=_quiet,
        scope=Scope.COMPARE,
    ),
    Action(
        "compare.parameters",
        "Other parameters for the column",
        "Compare",
        lambda app: app.compare.choose_parameters(),
        ("p",),
        available=_quiet,
        scope=Scope.COMPARE,
    ),
    Action(
        "compare.add",
        "One more column",
        "Compare",
        lambda app: app.compare.add(),
        ("plus",),
        available=_room,
        scope=Scope.COMPARE,
    ),
    Action(
        "compare.remove",
        "Remove the column",
        "Compare",
        lambda app: app.compare.remove(),
        ("minus", "delete"),
        available=_spare,
        scope=Scope.COMPARE,
    ),
    Action(
        "compare.again",
        "Ask all columns again",
        "Compare",
        lambda app: app.compare.ask_again(),
        ("a",),
        available=_asked,
        scope=Scope.COMPARE,
    ),
    Action(
        "compare.within",
        "Ask within the chat, or apart from it",
        "Compare",
        lambda app: app.compare.within(),
        ("c",),
        available=_in_chat,
        scope=Scope.COMPARE,
    ),
    Action(
        "compare.question",
        "Write the question",
        "Compare",
        _edit,
        ("e", "i"),
        available=_open,
        scope=Scope.COMPARE,
    ),
    Action(
        "compare.stop",
        "Stop the replies",
        "Compare",
        lambda app: app.compare.stop(),
        ("s",),
        available=_running,
        scope=Scope.COMPARE,
    ),
    Action(
        "compare.difference",
        "Show differences from the first column",
        "Compare",
        _differ,
        ("v",),
        available=_open,
        scope=Scope.COMPARE,
    ),
    Action(
        "compare.take",
        "Go on with the column as a chat",
        "Compare",
        lambda app: app.compare.take(),
        ("t",),
        available=_replied,
        scope=Scope.COMPARE,
    ),
)
