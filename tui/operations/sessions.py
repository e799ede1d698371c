"""What the user can have done to all chats of the backend: list, search, rename, tag, delete, export and import."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from backend.wire.sessions import SessionChange
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from backend.wire.sessions import Hit, SessionSummary
    from tui.app import PunaApp

_MOST_LISTED = 1000
_EXPORT = "Where to? A name that ends in .json takes everything, any other one the branch that is shown, as Markdown."


class SessionOperations:
    """Over the chat that is chosen in the list, or the one that is shown where the list is not."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app

    @property
    def meant(self) -> SessionSummary | None:
        """The chat that an action is about."""
        from tui.screens.chat_list import ChatList

        screen = self._app.screen
        return screen.chosen if isinstance(screen, ChatList) else self._app.workspace.chat.session

    def show_list(self) -> None:
        """Show all chats; the chosen one is opened."""
        self._app.work.start(self._list(), group="list")

    def open(self) -> None:
        """Open the chat that is chosen in the list."""
        if self.meant is not None:
            self._app.screen.dismiss(self.meant.id)

    def search(self) -> None:
        """Look for words in all chats; the chosen place is opened."""
        from tui.screens.search_chats import SearchChats

        def chosen(hit: Hit | None) -> None:
            if hit is not None:
                words = [hit.snippet[begin:end] for begin, end in hit.matches]
                self._app.chats.open(hit.session, hit.message, words[0] if words else "")

        self._app.push_screen(SearchChats(lambda: self._app.connection.gateway.sessions.search), chosen)

    def rename(self) -> None:
        """Ask for another title."""
        chat = self.meant
        if chat is not None:
            self._ask(
                ("Rename the chat", "Its title:", chat.title),
                lambda text: self._change(chat.id, SessionChange(title=text.strip())),
            )

    def tag(self) -> None:
        """Ask for the tags."""
        chat = self.meant
        if chat is not None:
            self._ask(
                ("Tags of the chat", f"{clean_line(chat.title)}\nWords that it can be found by:", " ".join(chat.tags)),
                lambda text: self._change(chat.id, SessionChange(tags=_tags(text))),
            )

    def delete(self) -> None:
        """Delete the chat, once the user has confirmed it."""
        from tui.screens.confirm import Confirm

        chat = self.meant
        if chat is None:
            return

        def decided(yes: bool | None) -> None:
            if yes:
                self._app.work.start(self._delete(chat))

        title = clean_line(chat.title) or "this chat"
        question = f"Delete {title}?\nIts {chat.message_count} messages go, on every branch. Export keeps them."
        self._app.push_screen(Confirm("Delete a chat", question), decided)

    def export(self) -> None:
        """Ask for a path, and write the chat there."""
        from tui.chats.files import path_for

        chat = self.meant
        if chat is not None:
            self._ask(("Export the chat", _EXPORT, path_for(chat)), lambda path: self._export(chat.id, path))

    def export_to(self, path: str) -> None:
        """Write the chat that is shown to a file."""
        self._app.work.start(self._export(self._app.workspace.chat.id, path))

    def restore_from(self, path: str) -> None:
        """Make a chat of a file."""
        self._app.work.start(self._restore(path))

    def restore(self) -> None:
        """Ask for a path, and make a chat of the file there."""
        self._ask(("Import a chat", "The path of a chat that was exported as JSON:", ""), self._restore)

    async def renew_list(self) -> None:
        """Show in the list what the backend has now, if the list is shown."""
        from tui.screens.chat_list import ChatList

        if any(isinstance(screen, ChatList) for screen in self._app.screen_stack):
            listed = await self._app.connection.gateway.sessions.summaries(limit=_MOST_LISTED)
            for screen in self._app.screen_stack:
                if isinstance(screen, ChatList):
                    screen.renew(listed, self._opened(), self._app.wall_clock())

    async def _list(self) -> None:
        from tui.screens.chat_list import ChatList

        def chosen(session: str | None) -> None:
            if session:
                self._app.chats.open(session)

        listed = await self._app.connection.gateway.sessions.summaries(limit=_MOST_LISTED)
        self._app.push_screen(ChatList(listed, self._opened(), self._app.wall_clock(), self._app.keys), chosen)

    def _opened(self) -> list[str]:
        return [chat.id for chat in self._app.workspace.chats.all]

    def _ask(self, what: tuple[str, str, str], then: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        from tui.screens.enter_text import EnterText

        def answered(text: str | None) -> None:
            if text is not None and text.strip():
                self._app.work.start(then(text))

        self._app.push_screen(EnterText(*what), answered)

    async def _change(self, session: str, change: SessionChange) -> None:
        changed = await self._app.connection.gateway.sessions.change(session, change)
        chat = self._app.workspace.chats.find(session)
        if chat is not None:
            chat.describe(changed)
        self._app.show_state()
        await self.renew_list()

    async def _delete(self, chat: SessionSummary) -> None:
        await self._app.connection.gateway.sessions.delete(chat.id)
        self._app.chats.forget(chat.id)
        self._app.say(f"{clean_line(chat.title) or 'the chat'} is deleted")
        await self.renew_list()

    async def _export(self, session: str, path: str) -> None:
        import msgspec

        from tui.chats import files

        sessions = self._app.connection.gateway.sessions
        if files.is_document(path):
            text = msgspec.json.format(msgspec.json.encode(await sessions.export(session)))
        else:
            text = (await sessions.export_markdown(session)).encode()
        folder, _, name = (await asyncio.to_thread(files.write, path, text)).rpartition("/")
        self._app.say(f"{name} is written, in {folder or '/'}")

    async def _restore(self, path: str) -> None:
        from tui.chats import files

        document = await asyncio.to_thread(files.read, path)
        session = await self._app.connection.gateway.sessions.restore(document)
        self._app.say(f"{clean_line(session.title) or 'the chat'} is here")
        await self.renew_list()


def _tags(text: str) -> list[str]:
    """Words, without the sign that marks tags; each once."""
    return list(dict.fromkeys(word.lstrip("#") for word in text.replace(",", " ").split() if word.lstrip("#")))
