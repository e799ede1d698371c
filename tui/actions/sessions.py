"""All chats of the backend, and those that are open."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope, connected
from tui.chats.open_chats import MOST

if TYPE_CHECKING:
    from tui.actions.action import Reason, Run
    from tui.app import PunaApp


def _chat_meant(app: PunaApp) -> str | None:
    return connected(app) or (None if app.sessions.meant else "no chat is selected")


def _several(app: PunaApp) -> str | None:
    if len(app.workspace.chats.all) > 1:
        return None
    return f"no other chat is open; {app.keys.name('sessions.list', typing=True)} opens one"


def _begun(app: PunaApp) -> str | None:
    return "this chat is still empty" if app.workspace.chat.is_blank else None


def _is_open(number: int, app: PunaApp) -> str | None:
    opened = len(app.workspace.chats.all)
    if number <= opened:
        return None
    return "only one chat is open" if opened == 1 else f"only {opened} chats are open"


def _show(number: int, app: PunaApp) -> None:
    app.chats.show(app.workspace.chats.all[number - 1])


def _action(name: str, title: str, key: str, run: Run, hint: str, available: Reason = _chat_meant) -> Action:
    return Action(f"sessions.{name}", title, "Chats", run, (), (key,), available, Scope.CHATS, hint)


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
    _action("open", "Open the selected chat", "enter", lambda app: app.sessions.open(), "open"),
    _action("rename", "Rename a chat", "f2", lambda app: app.sessions.rename(), "rename"),
    _action("tag", "Tag a chat", "ctrl+t", lambda app: app.sessions.tag(), "tags"),
    _action("delete", "Delete a chat", "delete", lambda app: app.sessions.delete(), "delete"),
    _action("export", "Export a chat to a file", "ctrl+e", lambda app: app.sessions.export(), "export"),
    _action("import", "Import a chat from a file", "ctrl+o", lambda app: app.sessions.restore(), "import", connected),
)
