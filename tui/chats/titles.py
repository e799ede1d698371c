"""The title of the chat pane: the chats that are open, by the numbers that their keys have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from tui.quantity import fit
from tui.terminal.sanitize import clean_line
from tui.workspace import shown_name

if TYPE_CHECKING:
    from tui.chats.chat import Chat
    from tui.chats.open_chats import OpenChats

_GAP = " ─ "


def title_bar(chats: OpenChats, model: str, width: int) -> Content:
    """`1 review ─ 2 wind • ─ 3 new …`: the shown one stands out, `•` marks new text, `…` a reply that runs.

    A single chat is named with its model.
    """
    if len(chats.all) == 1:
        parts = [clean_line(chats.shown.title) or "Chat", shown_name(model)]
        return Content(fit(" · ".join(part for part in parts if part), width))
    room = (width - len(_GAP) * (len(chats.all) - 1)) // len(chats.all)
    wanted = [cell_len(_text(chat, 1000)) for chat in chats.all]
    spare = sum(max(0, room - size - 2) for size in wanted)
    bar = Content()
    for number, chat in enumerate(chats.all, 1):
        cells = room - 2
        if wanted[number - 1] > cells:  # long ones share what short ones leave
            more = min(spare, wanted[number - 1] - cells)
            cells, spare = cells + more, spare - more
        text = f"{number} {_text(chat, cells)}"
        bar += Content(_GAP if number > 1 else "") + (
            Content.styled(f" {text} ", "bold reverse") if chat is chats.shown else Content(text)
        )
    return bar


def _text(chat: Chat, cells: int) -> str:
    mark = " •" if chat.has_news else " …" if chat.reply is not None else ""
    return fit(clean_line(chat.title) or "new", max(1, cells - len(mark))) + mark
