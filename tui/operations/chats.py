"""What the user can have done to chats: open, begin, switch, and what follows from the backend's own changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.chats import blocks, settings
from tui.chats.chat import Chat
from tui.chats.open_chats import MOST
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from backend.wire.sessions import MessageView, Session, SessionSummary
    from tui.app import PunaApp

_LISTED = 100  # the last changed sessions, among which those of open chats are looked for


class ChatOperations:
    """Over the sessions of the backend and those of them that are open here. `known`: the last one was looked for."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app
        self.known = False

    async def resume(self) -> None:
        """The line is up: open what was open, or catch up with what happened meanwhile."""
        if not self.known:
            listed = [item for item in await self._app.connection.gateway.sessions.summaries() if item.message_count]
            running = [item for item in listed if item.running][:MOST]
            if self._app.workspace.chat.is_blank:
                for item in reversed(running or listed[:1]):
                    await self._open(item.id)
            self.known = True
            self._app.greet()
            self._app.show_state()
        else:
            await self._refresh()

    def forget_all(self) -> None:
        """The chats belong to a backend that is no longer in use; what is written in the prompt stays."""
        self.known = False
        self._show_messages(self._app.workspace.chat)

    def refresh(self) -> None:
        """Sessions have changed in the backend."""
        if self.known:
            self._app.work.start(self._refresh(), group="sessions")

    def open(self, session: str, message: int = 0, word: str = "") -> None:
        """Show a chat of the backend, at a message of it if one is given, there at a word."""
        self._app.panes.reach("chat")
        self._app.work.start(self._open(session, message, word), group="open")

    def new(self) -> None:
        """Begin with an empty chat and what is in force; the others go on."""
        self.show(Chat())
        self._app.panes.reach("chat")

    def show(self, chat: Chat) -> None:
        """Show a chat in place of another one, each with what was written in it."""
        space, pane = self._app.workspace, self._app.panes.chat
        before = space.chat
        before.draft = pane.prompt.text
        closed = space.chats.show(chat)
        if closed is not None:
            self._app.turns.leave(closed)
        self._show(chat)
        if chat.session is not None and chat is not before:
            self._app.work.start(self._use_settings(chat), group="describe")

    def _show(self, chat: Chat) -> None:
        prompt = self._app.panes.chat.prompt
        if chat.draft != prompt.text:
            prompt.put(chat.draft)
        self._show_messages(chat)

    def _close(self, chat: Chat) -> None:
        self._app.turns.leave(chat)
        chats = self._app.workspace.chats
        was_shown = chat is chats.shown
        chats.close(chat)
        if was_shown:
            self._show(chats.shown)
            self._app.work.start(self._use_settings(chats.shown), group="describe")
        self._app.show_state()

    def take(self, chat: Chat, session: Session) -> None:
        """Show what the backend says of a chat now."""
        chat.take(session)
        self._lay_out(chat)
        if chat is self._app.workspace.chat:
            self._show_messages(chat)

    def end_at(self, chat: Chat, message: int) -> None:
        """Show a chat up to a message, 0 for nothing of it."""
        chat.conversation.leaf = message
        self._lay_out(chat)
        if chat is self._app.workspace.chat:
            self._show_messages(chat)

    def step(self, by: int) -> None:
        """Show the open chat that stands so many places further on."""
        chats = self._app.workspace.chats
        self.show(chats.all[(chats.all.index(chats.shown) + by) % len(chats.all)])

    def close(self) -> None:
        """Take the chat that is shown from the open ones; the backend keeps it, and its reply goes on."""
        self._close(self._app.workspace.chat)

    def forget(self, session: str) -> None:
        """The session was deleted."""
        chat = self._app.workspace.chats.find(session)
        if chat is not None:
            self._close(chat)

    def reload(self, chat: Chat) -> None:
        """Read an open chat again."""
        self._app.work.start(self._reload(chat))

    def settings_changed(self) -> None:
        """The chat that is shown gets the parameters in force."""
        if self._app.workspace.chat.session is not None:
            self._app.work.start(self._keep_settings(self._app.workspace.chat), group="settings")

    async def _keep_settings(self, chat: Chat) -> None:
        if chat.session is not None and (change := settings.difference(self._app.workspace, chat.session)):
            chat.describe(await self._app.connection.gateway.sessions.change(chat.id, change))

    async def _open(self, session: str, message: int = 0, word: str = "") -> None:
        chat = self._app.workspace.chats.find(session)
        if chat is None:
            chat = Chat()
            chat.take(await self._app.connection.gateway.sessions.read(session))
            self._lay_out(chat)
        self.show(chat)
        if message:
            self._app.messages.reach(message, word)

    async def _use_settings(self, chat: Chat) -> None:
        """Put the chat's parameters into force, and its model if that is still there."""
        space = self._app.workspace
        if chat.session is None:
            return
        settings.use(space, chat.session)
        if chat.session.model in [model.name for model in space.models]:
            space.model = chat.session.model
            await self._app.models.describe(space.model)
        self._app.show_state()

    async def _reload(self, chat: Chat) -> None:
        session = await self._app.connection.gateway.sessions.read(chat.id)
        if chat.reply is not None:
            return  # something was said in the meantime, which is newer
        self.take(chat, session)

    def _lay_out(self, chat: Chat) -> None:
        """Make the blocks of a chat anew, and follow the reply at its end if it runs."""
        self._app.turns.leave(chat)
        chat.blocks = blocks.blocks(chat.conversation, self._app.keys)
        last = chat.conversation.message(chat.conversation.leaf)
        if last is not None and last.state == "running":
            self._app.turns.follow(chat, last, chat.blocks[-1])

    def _show_messages(self, chat: Chat) -> None:
        self._app.panes.chat.show(chat.blocks)
        self._app.workspace.usage.take(_last_reply(chat))
        self._app.greet()
        self._app.show_state()

    async def _refresh(self) -> None:
        summaries = await self._app.connection.gateway.sessions.summaries(limit=_LISTED)
        listed = {item.id: item for item in summaries}
        for chat in [chat for chat in self._app.workspace.chats.all if chat.session is not None]:
            item = listed.get(chat.id)
            if item is not None:
                await self._catch_up(chat, item)
            elif len(listed) < _LISTED and chat.reply is None:
                self._app.say(f"{clean_line(chat.title) or 'the chat'} was deleted")
                self._close(chat)
        self._app.show_state()
        await self._app.sessions.renew_list()

    async def _catch_up(self, chat: Chat, item: SessionSummary) -> None:
        if chat.session is not None:
            chat.session.title, chat.session.tags = item.title, item.tags
        if chat.reply is None and _is_news(chat, item):
            chat.has_news = chat is not self._app.workspace.chat
            await self._reload(chat)


def _is_news(chat: Chat, item: SessionSummary) -> bool:
    """Whether somebody else added, removed or asked."""
    known = [chat.conversation.message(turn) for turn in item.running]
    return item.message_count != len(chat.conversation) or any(
        message is None or message.state == "running" for message in known
    )


def _last_reply(chat: Chat) -> MessageView | None:
    replies = [message for message in chat.conversation.branch() if message.role == "assistant"]
    return replies[-1] if replies else None
