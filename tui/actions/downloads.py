"""What can be done to downloads."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected

if TYPE_CHECKING:
    from tui.app import PunaApp

_GROUP = "Downloads"


def _chosen(app: PunaApp) -> str | None:
    if reason := connected(app):
        return reason
    if app.downloads.chosen is None:
        if app.workspace.downloads:
            return "no download is selected"
        return f"there are no downloads; {app.keys.name('models.get', typing=True)} gets a model"
    return None


def _unfinished(app: PunaApp) -> str | None:
    if reason := _chosen(app):
        return reason
    chosen = app.downloads.chosen
    return f"{chosen.model} is here already" if chosen is not None and chosen.state == "done" else None


def _pausable(app: PunaApp) -> str | None:
    if reason := _unfinished(app):
        return reason
    chosen = app.downloads.chosen
    if chosen is None or chosen.state != "failed":
        return None
    return f"{chosen.model} has failed; {app.keys.name('downloads.retry')} tries it again"


def _repeatable(app: PunaApp) -> str | None:
    if reason := _unfinished(app):
        return reason
    chosen = app.downloads.chosen
    if chosen is None or chosen.state in {"failed", "stalled", "paused"}:
        return None
    return f"{chosen.model} is {chosen.state}; only what failed or stalled is tried again"


def _done(app: PunaApp) -> str | None:
    if reason := _chosen(app):
        return reason
    chosen = app.downloads.chosen
    return None if chosen is not None and chosen.state == "done" else "the model is not here yet"


_DOWNLOAD = partial(Action, group=_GROUP, scope=Scope.DOWNLOADS)
ACTIONS: tuple[Action, ...] = (
    Action(
        "downloads.open",
        "Downloads: what comes and what waits",
        _GROUP,
        lambda app: app.downloads.open(),
        (),
        ("ctrl+l",),
        connected,
    ),
    _DOWNLOAD(
        "downloads.pause",
        "Pause the selected download, or go on with it",
        run=lambda app: app.downloads.pause_or_resume(),
        keys=("space",),
        available=_pausable,
        hint="pause",
    ),
    _DOWNLOAD(
        "downloads.up",
        "Let the selected download come earlier",
        run=lambda app: app.downloads.move(-1),
        keys=("u", "shift+up"),
        available=_unfinished,
        hint="earlier",
    ),
    _DOWNLOAD(
        "downloads.down",
        "Let the selected download come later",
        run=lambda app: app.downloads.move(1),
        keys=("d", "shift+down"),
        available=_unfinished,
        hint="later",
    ),
    _DOWNLOAD(
        "downloads.retry",
        "Try the selected download again now",
        run=lambda app: app.downloads.retry(),
        keys=("r",),
        available=_repeatable,
        hint="again",
    ),
    _DOWNLOAD(
        "downloads.cancel",
        "Cancel the selected download, or forget a finished one",
        run=lambda app: app.downloads.cancel(),
        keys=("x", "delete"),
        available=_chosen,
        hint="cancel",
    ),
    _DOWNLOAD(
        "downloads.use",
        "Chat with the downloaded model",
        run=lambda app: app.downloads.use(),
        keys=("enter",),
        available=_done,
    ),
    _DOWNLOAD(
        "downloads.add",
        "Download another model",
        run=lambda app: app.models.get(),
        keys=("a", "g"),
        available=connected,
        hint="add",
    ),
)
