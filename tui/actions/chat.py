"""Writing, stopping, beginning anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action

if TYPE_CHECKING:
    from tui.app import PunaApp


def _quit(app: PunaApp) -> str:
    return app.keys.name("app.quit", typing=True)


def _replying(app: PunaApp) -> str | None:
    return None if app.turns.running else f"nothing to stop; {_quit(app)} quits"


def _chat_begun(app: PunaApp) -> str | None:
    return "this chat is still empty" if app.workspace.chat.is_blank else None


ACTIONS: tuple[Action, ...] = (
    Action("pane.chat", "Write a message", "Chat", lambda app: app.panes.reach("chat"), ("c",), ("f5",)),
    Action("chat.stop", "Stop the reply", "Chat", lambda app: app.turns.stop(), (), ("ctrl+c",), _replying),
    Action("chat.new", "Start a new chat", "Chat", lambda app: app.chats.new(), (), ("ctrl+n",), _chat_begun),
    Action("app.back", "Stop, leave or come back to the prompt", "Chat", lambda app: app.back(), ("escape",)),
)
