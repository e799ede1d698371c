"""What can be done to downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected

if TYPE_CHECKING:
    from tui.app import PunaApp

_GROUP = "Downloads"


def _chosen(app: PunaApp) -> str | None:
    if reason := connected(app):
        return reason
    if app.downloads.chosen is None:
        return "no download is selected" if app.workspace.downloads else "there are no downloads; F6 gets a model"
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
    return f"{chosen.model} has failed; r tries it again" if chosen is not None and chosen.state == "failed" else None


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


ACTIONS: tuple[Action, ...] = (
    Action("downloads.open", "Downloads: what comes and what waits", _GROUP, lambda app: app.downloads.open(), (),
           ("ctrl+l",), connected),
    Action("downloads.pause", "Pause the selected download, or go on with it", _GROUP,
           lambda app: app.downloads.pause_or_resume(), ("space",), (), _pausable, Scope.DOWNLOADS, "pause"),
    Action("downloads.up", "Let the selected download come earlier", _GROUP, lambda app: app.downloads.move(-1),
           ("u", "shift+up"), (), _unfinished, Scope.DOWNLOADS, "earlier"),
    Action("downloads.down", "Let the selected download come later", _GROUP, lambda app: app.downloads.move(1),
           ("d", "shift+down"), (), _unfinished, Scope.DOWNLOADS, "later"),
    Action("downloads.retry", "Try the selected download again now", _GROUP, lambda app: app.downloads.retry(),
           ("r",), (), _repeatable, Scope.DOWNLOADS, "again"),
    Action("downloads.cancel", "Cancel the selected download, or forget a finished one", _GROUP,
           lambda app: app.downloads.cancel(), ("x", "delete"), (), _chosen, Scope.DOWNLOADS, "cancel"),
    Action("downloads.use", "Chat with the downloaded model", _GROUP, lambda app: app.downloads.use(), ("enter",), (),
           _done, Scope.DOWNLOADS),
    Action("downloads.add", "Download another model", _GROUP, lambda app: app.models.get(), ("a", "g"), (), connected,
           Scope.DOWNLOADS, "add"),
)  # fmt: skip
