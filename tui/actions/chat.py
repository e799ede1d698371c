"""Writing, stopping, beginning anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action

if TYPE_CHECKING:
    from tui.app import PunaApp


def _replying(app: PunaApp) -> str | None:
    return None if app.turns.running else "nothing to stop; Ctrl+D quits"


def _chat_begun(app: PunaApp) -> str | None:
    return "this chat is still empty" if app.workspace.chat.is_blank else None


def _can_ask_again(app: PunaApp) -> str | None:
    if reason := app.turns.refusal():
        return reason
    return None if app.messages.prompt_of_reply() else "there is no message to reply to"


ACTIONS: tuple[Action, ...] = (
    Action("pane.chat", "Write a message", "Chat", lambda app: app.panes.reach("chat"), ("c",), ("f5",)),
    Action("chat.stop", "Stop the reply", "Chat", lambda app: app.turns.stop(), (), ("ctrl+c",), _replying),
    Action("chat.new", "Start a new chat", "Chat", lambda app: app.chats.new(), (), ("ctrl+n",), _chat_begun),
    Action(
        "chat.again",
        "Ask again: another reply",
        "Chat",
        lambda app: app.messages.ask_again(),
        ("a",),
        available=_can_ask_again,
    ),
    Action("app.back", "Stop, leave or come back to the prompt", "Chat", lambda app: app.back(), ("escape",)),
)
