"""The chats that are open, in the order of their numbers, and the one that is shown."""

from __future__ import annotations

from tui.chats.chat import Chat

MOST = 9  # as many as there are keys for


class OpenChats:
    """There is always one. A blank chat makes room for any other."""

    def __init__(self) -> None:
        self.all = [Chat()]
        self.shown = self.all[0]

    def find(self, session: str) -> Chat | None:
        """The chat of a session, if it is open."""
        return next((chat for chat in self.all if chat.id == session), None)

    def show(self, chat: Chat) -> Chat | None:
        """Show a chat, which is opened if it is not. The one that was closed to make room for it, if any."""
        before, closed = self.shown, None
        if chat not in self.all:
            if before.is_blank:
                chat.draft = chat.draft or before.draft
                self.all[self.all.index(before)] = chat
            else:
                self.all.append(chat)
            if len(self.all) > MOST:
                quiet = [one for one in self.all if one.reply is None and one is not chat]
                closed = (quiet or self.all)[0]
                self.all.remove(closed)
        self.shown = chat
        chat.has_news = False
        return closed

    def close(self, chat: Chat) -> None:
        """Take a chat from the open ones; its neighbour is shown if it was, a blank one if it was the last."""
        place = self.all.index(chat)
        self.all.remove(chat)
        if not self.all:
            self.all.append(Chat())
        if self.shown is chat:
            self.shown = self.all[max(0, place - 1)]
            self.shown.has_news = False
