"""The tokens of a reply in colour, with a cursor: a line-API view, since a reply may have tens of thousands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.tokens.chances import Level, level
from tui.tokens.spans import Row, rows, spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from backend.wire.sessions import MessageToken, MessageView

_DOUBTFUL = (Level.OPEN, Level.UNLIKELY, Level.RARE)
_GIVEN = "given"
_PAGE = 10  # rows
_MARGIN = 2  # cells at the right: the scrollbar and an empty one


class TokenField(ScrollView, can_focus=True, inherit_bindings=False):
    """`cursor` is the number of the token under the cursor among `tokens`, -1 if none is in the text."""

    DEFAULT_CSS = """
    TokenField {
        height: 1fr;
        background: $surface;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > .tokens--given { color: $muted; }
        & > .tokens--sure { color: $foreground; }
        & > .tokens--likely { color: $success; }
        & > .tokens--open { color: $warning; text-style: underline; }
        & > .tokens--unlikely { color: $error; text-style: underline; }
        & > .tokens--rare { color: $error; text-style: bold underline; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,space", "move(1)", show=False),
        Binding("left,h", "move(-1)", show=False),
        Binding("j", "rows(1)", show=False),
        Binding("k", "rows(-1)", show=False),
        Binding("pagedown", f"rows({_PAGE})", show=False),
        Binding("pageup", f"rows({-_PAGE})", show=False),
        Binding("home", "end(0)", show=False),
        Binding("end", "end(-1)", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"tokens--{name}" for name in (_GIVEN, *(each.value[0] for each in Level))}

    @dataclass
    class Moved(Message):
        """The cursor stands on another token."""

        token: int

    def __init__(self, message: MessageView, tokens: Sequence[MessageToken]) -> None:
        super().__init__()
        self.tokens = tokens
        self._spans = spans(message, tokens)
        self._order = [span.token for span in self._spans if span.token >= 0]
        self._place = 0
        self._rows: list[Row] = []
        self._row_of: dict[int, int] = {}

    @property
    def cursor(self) -> int:
        """The token under the cursor."""
        return self._order[self._place] if self._order else -1

    def on_resize(self, event: events.Resize) -> None:
        """Lay out for the width."""
        self._rows = rows(self._spans, max(self.size.width - _MARGIN, 4))
        self._row_of = {}
        for number, row in enumerate(self._rows):
            for _, token in row.pieces:
                self._row_of.setdefault(token, number)
        self.virtual_size = Size(self.size.width, len(self._rows))
        self._show_cursor()

    def move_rows(self, step: int) -> None:
        """To a row below or above, as near to the same column as there is a token."""
        if not self._order:
            return
        row = self._row_of[self.cursor]
        column = self._column(row)
        way = 1 if step > 0 else -1
        target = max(0, min(row + step, len(self._rows) - 1))
        while 0 <= target < len(self._rows):
            tokens = [token for _, token in self._rows[target].pieces if token >= 0]
            if tokens and target != row:
                nearest = min(tokens, key=lambda token: abs(self._start(target, token) - column))
                self._go(self._order.index(nearest))
                return
            target += way

    def move_to_doubt(self, way: int) -> bool:
        """To the next token that was not likely (`way` 1), or the one before (-1); whether there is one."""
        place = self._place + way
        while 0 <= place < len(self._order):
            if level(self.tokens[self._order[place]].logprob) in _DOUBTFUL:
                self._go(place)
                return True
            place += way
        return False

    def action_move(self, step: int) -> None:
        """To the next token or one before."""
        self._go(self._place + step)

    def action_rows(self, step: int) -> None:
        """Rows up or down."""
        self.move_rows(step)

    def action_end(self, place: int) -> None:
        """To the first token (0) or the last (-1)."""
        self._go(0 if place == 0 else len(self._order) - 1)

    def render_line(self, y: int) -> Strip:
        """One row of the view."""
        number = self.scroll_offset.y + y
        base = self.rich_style
        if number >= len(self._rows):
            return Strip.blank(self.size.width, base)
        segments = [Segment(text, self._style(token, base)) for text, token in self._rows[number].pieces]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor."""
        row, column = event.y + self.scroll_offset.y, 0
        for text, token in self._rows[row].pieces if row < len(self._rows) else ():
            column += Segment(text).cell_length
            if token >= 0 and event.x < column:
                self._go(self._order.index(token))
                return

    def _style(self, token: int, base: Style) -> Style:
        name = _GIVEN if token < 0 else level(self.tokens[token].logprob).value[0]
        style = base + self.get_component_rich_style(f"tokens--{name}", partial=True)
        return style + Style(reverse=True) if token >= 0 and token == self.cursor else style

    def _go(self, place: int) -> None:
        place = max(0, min(place, len(self._order) - 1))
        if place != self._place and self._order:
            self._place = place
            self._show_cursor()
            self.post_message(self.Moved(self.cursor))

    def _show_cursor(self) -> None:
        if self._order:
            row = self._row_of[self.cursor]
            self.scroll_to_region(Region(0, row, 1, 1), animate=False, force=True)
        self.refresh()

    def _column(self, row: int) -> int:
        return self._start(row, self.cursor)

    def _start(self, row: int, wanted: int) -> int:
        column = 0
        for text, token in self._rows[row].pieces:
            if token == wanted:
                return column
            column += Segment(text).cell_length
        return column
