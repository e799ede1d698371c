"""Words in all chats: the places where they stand, found while typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content

from backend.errors import BackendError
from tui.advice import reason
from tui.quantity import fit
from tui.screens.find import Find
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.timer import Timer

    from backend.wire.sessions import Hit

    Search = Callable[[str], Awaitable[list[Hit]]]

_TITLE = "Search in all chats"
_PAUSE_S = 0.15  # of typing, before the backend is asked
_FIRST = "Type words; the last one may be the beginning of one."
_WHO = {"": "title", "user": "you", "assistant": "model"}


class SearchChats(Find["Hit"]):
    """Dismissed with the place to open. `search` gives how to ask the backend; it may raise a `BackendError`."""

    def __init__(self, search: Callable[[], Search]) -> None:
        super().__init__(_TITLE, enter="open", placeholder="words")
        self._search = search
        self._hits: list[Hit] = []
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Say what to do."""
        self.rows.show([], _FIRST)

    def narrow(self, wanted: str) -> None:
        """Look when the typing pauses."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE_S, lambda: self._begin(wanted.strip()))

    def take(self, chosen: str) -> None:
        """Dismiss with the place."""
        self.dismiss(self._hits[int(chosen)])

    def _begin(self, words: str) -> None:
        self.run_worker(self._look(words), group="search", exclusive=True)

    async def _look(self, words: str) -> None:
        self._hits, empty = [], "Nothing found." if words else _FIRST
        try:
            if words:
                self._hits = await self._search()(words)
        except BackendError as error:
            empty = reason(error)
        self.rows.show([(str(number), hit_row(hit, self.room)) for number, hit in enumerate(self._hits)], empty)
        self.query_one(".dialog", Vertical).border_title = f"{_TITLE}{_number(len(self._hits))}"


def _number(hits: int) -> str:
    return f" · {hits} found" if hits else ""


def hit_row(hit: Hit, width: int) -> Content:
    """Two lines: who said it in which chat; the words around, those that were looked for marked and in view."""
    head = fit(f"{_WHO.get(hit.role, hit.role)} · {clean_line(hit.title) or '(no title)'}", width)
    matches = sorted(hit.matches)
    first = matches[0][0] if matches else 0
    at = first - width // 3 if first > width * 2 // 3 else 0
    text = Content("…" if at else "")
    for begin, end in matches:
        begin, end = max(begin, at), max(end, at)
        text += Content(clean_line(hit.snippet[at:begin]))
        text += Content.styled(clean_line(hit.snippet[begin:end]), "$accent bold underline")
        at = end
    text += Content(clean_line(hit.snippet[at:]))
    return Content.assemble((head, "$muted"), "\n", text.truncate(width, ellipsis=True))
