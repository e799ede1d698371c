"""Looking at the tokens of a reply."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected

if TYPE_CHECKING:
    from tui.app import PunaApp


def _closed(app: PunaApp) -> str:
    return f"open the tokens of a reply first: {app.keys.name('tokens.open', typing=True)}"


def _replied(app: PunaApp) -> str | None:
    if reason := connected(app):
        return reason
    return None if app.tokens.reply() else "there is no finished reply in this chat yet"


def _saved(app: PunaApp) -> str | None:
    return connected(app) or (None if app.workspace.chat.session else "this chat is still empty")


def _shown(app: PunaApp) -> str | None:
    return None if app.tokens.screen else _closed(app)


def _can_go_on(app: PunaApp) -> str | None:
    return app.turns.refusal() or (app.tokens.screen.refusal() if app.tokens.screen else _closed(app))


def _move(app: PunaApp, way: int) -> None:
    if app.tokens.screen is not None:
        app.tokens.screen.move_to_doubt(way)


def _take(app: PunaApp) -> None:
    if app.tokens.screen is not None:
        app.tokens.screen.take()


_TOKEN = partial(Action, group="Tokens", scope=Scope.TOKENS)
ACTIONS: tuple[Action, ...] = (
    Action(
        "tokens.open",
        "Tokens of the reply: how likely each was",
        "Tokens",
        lambda app: app.tokens.open(),
        (),
        ("ctrl+t",),
        _replied,
    ),
    Action(
        "tokens.keep",
        "Keep probabilities of this chat's replies, or stop",
        "Tokens",
        lambda app: app.tokens.keep(),
        ("o",),
        available=_saved,
    ),
    _TOKEN(
        "tokens.doubt",
        "Next token that was not likely",
        run=lambda app: _move(app, 1),
        keys=("n",),
        available=_shown,
        hint="next doubt",
    ),
    _TOKEN(
        "tokens.doubt_before",
        "The unlikely token before",
        run=lambda app: _move(app, -1),
        keys=("b",),
        available=_shown,
    ),
    _TOKEN(
        "tokens.take",
        "Go on from the cursor with the chosen token",
        run=_take,
        keys=("enter",),
        available=_can_go_on,
        hint="go on with it",
    ),
)
