"""All chats of the backend, and those that are open."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected
from tui.chats.open_chats import MOST

if TYPE_CHECKING:
    from tui.app import PunaApp


def _chat_meant(app: PunaApp) -> str | None:
    return connected(app) or (None if app.sessions.meant else "no chat is selected")


def _several(app: PunaApp) -> str | None:
    return None if len(app.workspace.chats.all) > 1 else "no other chat is open; F7 opens one"


def _begun(app: PunaApp) -> str | None:
    return "this chat is still empty" if app.workspace.chat.is_blank else None


def _is_open(number: int, app: PunaApp) -> str | None:
    return None if number <= len(app.workspace.chats.all) else f"only {len(app.workspace.chats.all)} are open"


def _show(number: int, app: PunaApp) -> None:
    app.chats.show(app.workspace.chats.all[number - 1])


_CHAT = partial(Action, group="Chats", available=_chat_meant, scope=Scope.CHATS)
ACTIONS: tuple[Action, ...] = (
    Action("sessions.list", "All chats", "Chats", lambda app: app.sessions.show_list(), ("s",), ("f7",), connected),
    Action(
        "sessions.search", "Search in all chats", "Chats", lambda app: app.sessions.search(), (), ("ctrl+r",), connected
    ),
    Action("chats.next", "Next open chat", "Chats", lambda app: app.chats.step(1), ("full_stop",), (), _several),
    Action("chats.previous", "Previous open chat", "Chats", lambda app: app.chats.step(-1), ("comma",), (), _several),
    Action(
        "chats.close",
        "Close this chat; it stays in the list",
        "Chats",
        lambda app: app.chats.close(),
        ("w",),
        (),
        _begun,
    ),
    *(
        Action(
            f"chats.show_{number}",
            f"Open chat {number}",
            "Chats",
            partial(_show, number),
            global_keys=(f"alt+{number}",),
            available=partial(_is_open, number),
        )
        for number in range(1, MOST + 1)
    ),
    _CHAT("sessions.open", "Open the selected chat", run=lambda app: app.sessions.open(), global_keys=("enter",)),
    _CHAT("sessions.rename", "Rename a chat", run=lambda app: app.sessions.rename(), global_keys=("f2",)),
    _CHAT("sessions.tag", "Tag a chat", run=lambda app: app.sessions.tag(), global_keys=("ctrl+t",)),
    _CHAT("sessions.delete", "Delete a chat", run=lambda app: app.sessions.delete(), global_keys=("delete",)),
    _CHAT("sessions.export", "Export a chat to a file", run=lambda app: app.sessions.export(), global_keys=("ctrl+e",)),
    Action(
        "sessions.import",
        "Import a chat from a file",
        "Chats",
        lambda app: app.sessions.restore(),
        global_keys=("ctrl+o",),
        available=connected,
        scope=Scope.CHATS,
    ),
)
