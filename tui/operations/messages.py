"""What the user can have done to messages of the chat that is shown: ask again, branch, edit, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.wire.sessions import SessionChange

if TYPE_CHECKING:
    from backend.wire.sessions import MessageView
    from tui.app import PunaApp
    from tui.chats.chat import Chat

_BRANCHING = "the next message begins a branch here"


class MessageOperations:
    """Over the message that is chosen, or the last one where none is."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app

    @property
    def chosen(self) -> MessageView | None:
        """The message that an action is about."""
        conversation, block = self._app.workspace.chat.conversation, self._app.panes.chat.transcript.chosen
        return conversation.message(conversation.leaf if block is None else block.message)

    @property
    def forked(self) -> MessageView | None:
        """The chosen message, or the last one before it, that stands beside others on other branches."""
        conversation, chosen = self._app.workspace.chat.conversation, self.chosen
        while chosen is not None and len(conversation.siblings(chosen.id)) < 2:
            chosen = conversation.message(chosen.parent)
        return chosen

    @property
    def asked(self) -> MessageView | None:
        """The message that a reply can be asked for: the chosen one, or the one that it is a reply to."""
        chosen = self.chosen
        if chosen is not None and chosen.role == "assistant":
            return self._app.workspace.chat.conversation.message(chosen.parent)
        return chosen

    def ask_again(self) -> None:
        """Another reply, as a branch beside the one there is."""
        asked = self.asked
        if asked is not None:
            self._app.turns.answer(asked.id)

    def branch(self) -> None:
        """Go back to a message, so that the next one is written as another reply to it."""
        chosen = self.chosen
        if chosen is not None:
            self._go_back(chosen.id)

    def rewrite(self) -> None:
        """Go back before a message of the user, with its text in the prompt: sending it begins a branch."""
        asked = self.asked
        if asked is not None:
            chat, prompt = self._app.workspace.chat, self._app.panes.chat.prompt
            if not chat.is_rewriting:
                chat.draft, chat.is_rewriting = prompt.text, True
            prompt.put(asked.content)
            self._go_back(asked.parent)

    def come_back(self) -> None:
        """Show again what stood below the place where a branch was to begin."""
        chat = self._app.workspace.chat
        end, chat.hidden_end = chat.hidden_end, 0
        if chat.is_rewriting:
            chat.is_rewriting = False
            self._app.panes.chat.prompt.put(chat.draft)
        self._app.chats.end_at(chat, end)

    def edit(self) -> None:
        """Change the text of a message where it stands."""
        from tui.screens.enter_text import EnterText

        chat, chosen = self._app.workspace.chat, self.chosen
        if chosen is None:
            return

        def answered(text: str | None) -> None:
            if text is not None and text.strip() and text != chosen.content:
                self._app.work.start(self._edit(chat, chosen, text))

        self._app.push_screen(EnterText("Edit the message", _about(chosen), chosen.content, many=True), answered)

    def delete(self, *, descendants: bool) -> None:
        """Delete a message, with what hangs on it or without, once the user has confirmed it."""
        from tui.screens.confirm import Confirm

        chat, chosen = self._app.workspace.chat, self.chosen
        if chosen is None:
            return

        def decided(yes: bool | None) -> None:
            if yes:
                self._app.work.start(self._delete(chat, chosen, descendants=descendants))

        what = "and everything below it, on every branch" if descendants else "alone; what stands below it moves up"
        question = f"Delete this message {what}?\n\n{_about(chosen)}"
        self._app.push_screen(Confirm("Delete a message", question), decided)

    def switch(self, step: int) -> None:
        """Show the branch beside the one that is shown, at the chosen message or the last place before it."""
        chat, forked = self._app.workspace.chat, self.forked
        if forked is None:
            return
        siblings = chat.conversation.siblings(forked.id)
        wanted = siblings[(siblings.index(forked.id) + step) % len(siblings)]
        self._show_branch(chat, wanted)
        self._select(wanted)

    def reach(self, message: int, word: str = "") -> None:
        """Show a message of the chat, on whichever branch it is, and where it has `word`."""
        chat = self._app.workspace.chat
        if message not in [one.id for one in chat.conversation.branch()]:
            self._show_branch(chat, message)
        self._select(message)
        pane = self._app.panes.chat
        if word and pane.transcript.chosen is not None:
            pane.open_found(word, pane.transcript.chosen)

    def _select(self, message: int) -> None:
        """Put the cursor on a message that is shown."""
        chat, transcript = self._app.workspace.chat, self._app.panes.chat.transcript
        transcript.select(next((block for block in chat.blocks if block.message == message), None))
        transcript.focus()

    def _show_branch(self, chat: Chat, message: int) -> None:
        """Show the branch through a message, and let it be the one that goes on."""
        chat.hidden_end = 0
        end = chat.conversation.end_below(message)
        self._app.chats.end_at(chat, end)
        self._app.work.start(self._keep_end(chat, end), group="branch")

    async def _keep_end(self, chat: Chat, end: int) -> None:
        chat.describe(await self._app.connection.gateway.sessions.change(chat.id, SessionChange(leaf=end)))

    def _go_back(self, message: int) -> None:
        chat = self._app.workspace.chat
        if message != chat.conversation.leaf:
            chat.hidden_end = chat.hidden_end or chat.conversation.leaf
            self._app.chats.end_at(chat, message)
            self._app.say(_BRANCHING)
        self._app.panes.reach("chat")

    async def _edit(self, chat: Chat, message: MessageView, text: str) -> None:
        chat.conversation.put(await self._app.connection.gateway.sessions.edit(chat.id, message.id, text))
        self._app.chats.end_at(chat, chat.conversation.leaf)
        self._select_again(chat, message.id)

    async def _delete(self, chat: Chat, message: MessageView, *, descendants: bool) -> None:
        session = await self._app.connection.gateway.sessions.remove(chat.id, message.id, descendants=descendants)
        self._app.chats.take(chat, session)
        self._select_again(chat, message.parent)
        self._app.say("the message is deleted")

    def _select_again(self, chat: Chat, message: int) -> None:
        """Put the cursor back to where something was done, unless that was the end or another chat is shown by now."""
        if chat is self._app.workspace.chat and message != chat.conversation.leaf:
            self._select(message)


def _about(message: MessageView) -> str:
    """Whose message it is, and how it begins."""
    who = "The model's" if message.role == "assistant" else "Yours"
    line = " ".join(message.content.split())
    return f"{who}: {line[:120]}{'…' if len(line) > 120 else ''}"
