"""Words in all chats: the places where they stand, found while typing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from backend.errors import BackendError
from tui.advice import reason
from tui.panes.rows import Rows
from tui.quantity import fit
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import ComposeResult
    from textual.timer import Timer
    from textual.widgets import OptionList

    from backend.wire.sessions import Hit

    Search = Callable[[str], Awaitable[list[Hit]]]

_PAUSE_S = 0.15  # of typing, before the backend is asked
_FIRST = "Type words; the last one may be the beginning of one."
_WHO = {"": "title", "user": "you", "assistant": "model"}


class SearchChats(Dialog["Hit"]):
    """Dismissed with the place to open. `search` gives how to ask the backend; it may raise a `BackendError`."""

    DEFAULT_CSS = """
    SearchChats {
        Input { margin: 0 0 1 0; }
        Rows { height: auto; max-height: 18; background: $surface; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "move(-8)", show=False, priority=True),
        Binding("pagedown", "move(8)", show=False, priority=True),
    ]

    def __init__(self, search: Callable[[], Search]) -> None:
        super().__init__()
        self._search = search
        self._hits: list[Hit] = []
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The field over the places."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Search in all chats"
            box.border_subtitle = "↑ ↓ choose · Enter open · Esc close"
            field = Input(placeholder="words", id="search-words")
            field.cursor_blink = False
            yield field
            yield Rows(id="search-rows")

    def on_mount(self) -> None:
        """Say what to do."""
        self.query_one(Rows).show([], _FIRST)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look when the typing pauses."""
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE_S, self._begin)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open the place under the cursor."""
        event.stop()
        self._open(self.query_one(Rows).chosen)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click opens."""
        event.stop()
        self._open(event.option_id or "")

    def action_move(self, step: int) -> None:
        """Move the cursor while the field keeps the focus."""
        rows = self.query_one(Rows)
        if rows.highlighted is not None:
            rows.highlighted = min(max(rows.highlighted + step, 0), rows.option_count - 1)

    def _open(self, key: str) -> None:
        if key:
            self.dismiss(self._hits[int(key)])

    def _begin(self) -> None:
        self.run_worker(self._look(self.query_one(Input).value.strip()), group="search", exclusive=True)

    async def _look(self, words: str) -> None:
        rows = self.query_one(Rows)
        self._hits, empty = [], "Nothing found." if words else _FIRST
        try:
            if words:
                self._hits = await self._search()(words)
        except BackendError as error:
            empty = reason(error)
        rows.show([(str(number), hit_row(hit, rows.room)) for number, hit in enumerate(self._hits)], empty)
        self.query_one(".dialog", Vertical).border_title = f"Search in all chats{_number(len(self._hits))}"


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
