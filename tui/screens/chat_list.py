"""All chats of the backend: find one by typing, open it, or do something to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from tui.actions.action import Scope
from tui.actions.registry import bindings
from tui.commands.units import relative_time
from tui.quantity import count, fit
from tui.screens.find import Find
from tui.terminal.sanitize import clean_line
from tui.workspace import shown_name

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from textual.binding import BindingType

    from backend.wire.sessions import SessionSummary
    from tui.actions.keymap import Keymap
    from tui.panes.rows import Row

_NONE = "No chat yet. The first message begins one."
_NO_MATCH = "No chat has all these words in its title, tags or model. {search} searches the texts."


class ChatList(Find[str]):
    """Dismissed with the id of the session to open."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings(Scope.CHATS))

    def __init__(self, chats: Sequence[SessionSummary], opened: Collection[str], now: datetime, keys: Keymap) -> None:
        super().__init__("Chats", enter="open", placeholder="title, #tag or model")
        self._keys = keys
        self._chats = chats
        self._opened = opened
        self._now = now

    @property
    def chosen(self) -> SessionSummary | None:
        """The chat under the cursor."""
        wanted = self.rows.chosen
        return next((chat for chat in self._chats if chat.id == wanted), None)

    def renew(self, chats: Sequence[SessionSummary], opened: Collection[str], now: datetime) -> None:
        """Show what the backend has now."""
        self._chats, self._opened, self._now = chats, opened, now
        self.narrow(self.query_one(Input).value)

    def narrow(self, wanted: str) -> None:
        """Chats that have all words."""
        self.query_one(".dialog", Vertical).border_subtitle = self._keys.hints(Scope.CHATS, self.room)
        found = matching(self._chats, wanted)
        texts = [chat_row(chat, self.room, is_open=chat.id in self._opened, now=self._now) for chat in found]
        search = self._keys.name("sessions.search", typing=True)
        self.rows.show(texts, _NO_MATCH.format(search=search) if self._chats else _NONE)

    def take(self, chosen: str) -> None:
        """Dismiss with the chat."""
        self.dismiss(chosen)


def matching(chats: Sequence[SessionSummary], wanted: str) -> list[SessionSummary]:
    """The chats that have every typed word in their title, tags (`#tag`) or model."""
    words = wanted.lower().split()
    return [chat for chat in chats if all(word in _described(chat).lower() for word in words)]


def _described(chat: SessionSummary) -> str:
    return " ".join([chat.title, *(f"#{tag}" for tag in chat.tags), chat.model])


def chat_row(chat: SessionSummary, width: int, *, is_open: bool, now: datetime) -> Row:
    """Two lines: title and tags, with a dot while a reply runs; model, number of messages, and when it changed."""
    tags = fit(clean_line(" ".join(f"#{tag}" for tag in chat.tags)), width // 3)
    title = fit(clean_line(chat.title) or "(no title)", max(8, width - 6 - cell_len(tags)))
    gap = " " * max(1, width - 4 - cell_len(title) - cell_len(tags))
    number = "1 message" if chat.message_count == 1 else f"{count(chat.message_count)} messages"
    facts = (shown_name(chat.model), number, relative_time(chat.updated_at, now), "replying" if chat.running else "")
    return chat.id, Content.assemble(
        ("> " if is_open else "  ", "$accent"),
        title,
        gap,
        (tags, "$secondary"),
        ("●" if chat.running else " ", "$success"),
        "\n  ",
        (fit(" · ".join(fact for fact in facts if fact), width - 2), "$muted"),
    )
