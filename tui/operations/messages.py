"""What the user can have done to messages of the chat that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.wire.sessions import MessageView
    from tui.app import PunaApp


class MessageOperations:
    """Over the branch that is shown."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app

    def prompt_of_reply(self) -> MessageView | None:
        """The message of the user that the last reply is to, or that ends the chat."""
        conversation = self._app.workspace.chat.conversation
        last = conversation.message(conversation.leaf)
        if last is not None and last.role == "assistant":
            return conversation.message(last.parent)
        return last

    def ask_again(self) -> None:
        """Another reply to the last message, as a branch beside the one there is."""
        prompt = self.prompt_of_reply()
        if prompt is not None:
            self._app.turns.answer(prompt.id)
