"""Looking at the tokens of a reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected

if TYPE_CHECKING:
    from tui.app import PunaApp

_CLOSED = "open the tokens of a reply first: Ctrl+T"


def _replied(app: PunaApp) -> str | None:
    if reason := connected(app):
        return reason
    return None if app.tokens.reply() else "there is no finished reply in this chat yet"


def _saved(app: PunaApp) -> str | None:
    return connected(app) or (None if app.workspace.chat.session else "this chat is still empty")


def _shown(app: PunaApp) -> str | None:
    return None if app.tokens.screen else _CLOSED


def _can_go_on(app: PunaApp) -> str | None:
    return app.turns.refusal() or (app.tokens.screen.refusal() if app.tokens.screen else _CLOSED)


def _move(app: PunaApp, way: int) -> None:
    if app.tokens.screen is not None:
        app.tokens.screen.move_to_doubt(way)


def _take(app: PunaApp) -> None:
    if app.tokens.screen is not None:
        app.tokens.screen.take()


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
    Action(
        "tokens.doubt",
        "Next token that was not likely",
        "Tokens",
        lambda app: _move(app, 1),
        ("n",),
        available=_shown,
        scope=Scope.TOKENS,
    ),
    Action(
        "tokens.doubt_before",
        "The unlikely token before",
        "Tokens",
        lambda app: _move(app, -1),
        ("b",),
        available=_shown,
        scope=Scope.TOKENS,
    ),
    Action(
        "tokens.take",
        "Go on from the cursor with the chosen token",
        "Tokens",
        _take,
        ("enter",),
        available=_can_go_on,
        scope=Scope.TOKENS,
    ),
)
