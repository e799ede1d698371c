"""Comparing models and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected, no_model

if TYPE_CHECKING:
    from tui.actions.action import Reason, Run
    from tui.app import PunaApp

_FEWEST, _MOST = 2, 4


def _closed(app: PunaApp) -> str:
    return f"open a comparison first: {app.keys.name('compare.open', typing=True)}"


def replies_run(app: PunaApp) -> str:
    """Why nothing can be asked now."""
    return f"replies are running; {app.keys.name('compare.stop')} stops them"


def _can_compare(app: PunaApp) -> str | None:
    return connected(app) or (None if app.workspace.model else no_model(app))


def _open(app: PunaApp) -> str | None:
    return None if app.compare.screen else _closed(app)


def _quiet(app: PunaApp) -> str | None:
    if app.compare.screen is None:
        return _closed(app)
    return replies_run(app) if app.compare.screen.comparison.running else connected(app)


def _asked(app: PunaApp) -> str | None:
    if reason := _quiet(app):
        return reason
    return None if app.compare.screen and app.compare.screen.comparison.asked else "nothing was asked yet"


def _running(app: PunaApp) -> str | None:
    if app.compare.screen is None:
        return _closed(app)
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


def _action(name: str, title: str, keys: tuple[str, ...], run: Run, available: Reason, hint: str = "") -> Action:
    return Action(f"compare.{name}", title, "Compare", run, keys, (), available, Scope.COMPARE, hint)


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
    _action("model", "Another model for the column", ("m",), lambda app: app.compare.choose_model(), _quiet, "model"),
    _action(
        "parameters",
        "Other parameters for the column",
        ("p",),
        lambda app: app.compare.choose_parameters(),
        _quiet,
        "parameters",
    ),
    _action("add", "One more column", ("plus",), lambda app: app.compare.add(), _room, "more"),
    _action("remove", "Remove the column", ("minus", "delete"), lambda app: app.compare.remove(), _spare),
    _action("again", "Ask all columns again", ("a",), lambda app: app.compare.ask_again(), _asked),
    _action(
        "within", "Ask within the chat, or apart from it", ("c",), lambda app: app.compare.within(), _in_chat, "chat"
    ),
    _action("question", "Write the question", ("e", "i"), _edit, _open),
    _action("stop", "Stop the replies", ("s",), lambda app: app.compare.stop(), _running),
    _action("difference", "Show differences from the first column", ("v",), _differ, _open, "differences"),
    _action("take", "Go on with the column as a chat", ("t",), lambda app: app.compare.take(), _replied, "take"),
)
