"""The widgets of a comparison: the question, and a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from tui.compare.column import waiting
from tui.compare.difference import Change, difference, summary
from tui.terminal.sanitize import clean
from tui.transcript.block import Block, Kind, Role
from tui.transcript.view import Transcript

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from tui.compare.column import Column
    from tui.compare.comparison import Comparison
    from tui.workspace import Workspace

_LOOKS = {Change.SAME: "", Change.ADDED: "bold underline $success", Change.GONE: "strike $muted"}


class Question(TextArea):
    """What is asked of all columns. Enter asks; Alt+Enter or Ctrl+J begins a new line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "ask", show=False, priority=True),
        Binding("alt+enter,ctrl+j", "insert_line", show=False, priority=True),
    ]

    @dataclass
    class Asked(Message):
        """The user pressed Enter."""

        text: str

    def __init__(self, text: str) -> None:
        super().__init__(
            text, show_line_numbers=False, soft_wrap=True, id="question", placeholder="What are they to be asked?"
        )
        self.cursor_blink = False
        self.highlight_cursor_line = False

    def action_ask(self) -> None:
        """Hand the text over."""
        # A key with priority comes before the text that was typed ahead of it.
        self.call_later(lambda: self.post_message(self.Asked(self.text)))

    def action_insert_line(self) -> None:
        """A new line."""
        self.call_later(self.insert, "\n")


class ColumnView(Vertical):
    """One column: its name, its reply, its figures. `refresh_column` shows what is new in it."""

    DEFAULT_CSS = """
    ColumnView {
        width: 1fr;
        border: round $line;
        border-title-color: $muted;
        border-subtitle-color: $muted;
        &.-chosen { border: heavy $primary; border-title-color: $primary; border-title-style: bold; }
        & > .figures { height: auto; max-height: 4; color: $muted; padding: 0 1 0 2; }
        & > .difference { height: 1fr; scrollbar-size-vertical: 1; }
        .difference Static { height: auto; padding: 1 2; }
        Transcript { background: $surface; }
    }
    """

    @dataclass
    class Chosen(Message):
        """The column was clicked."""

        view: ColumnView

    def __init__(self, column: Column, number: int) -> None:
        super().__init__()
        self.column = column
        self._number = number
        self._turn = -1
        self._shown = (0, 0)
        self._block = Block(Role.MODEL)
        self._differs = False
        self._first: Column | None = None
        self.transcript = Transcript()
        self.transcript.can_focus = False  # the keys are the screen's

    def compose(self) -> ComposeResult:
        """Reply or differences, and the figures."""
        yield self.transcript
        with VerticalScroll(classes="difference", can_focus=False) as scroll:
            scroll.display = False
            yield Static(markup=False)
        yield Static(classes="figures", markup=False)

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        event.stop()
        self.post_message(self.Chosen(self))

    def show_difference(self, first: Column | None) -> None:
        """Show the reply as differences from that of another column, or plainly if there is none."""
        self._first = first
        self.transcript.display = first is None
        self.query_one(VerticalScroll).display = first is not None
        if first is not None:
            self.query_one(".difference Static", Static).update(_differences(first, self.column))

    def scroll_by_pages(self, pages: float) -> None:
        """Move the text by so many pages."""
        if self._first is None:
            self.transcript.scroll_pages(pages)
        else:
            view = self.query_one(VerticalScroll)
            view.scroll_relative(y=pages * view.size.height, animate=False)

    def refresh_column(self, comparison: Comparison, space: Workspace, now: float) -> None:
        """Bring everything up to date."""
        column = self.column
        self.border_title = Content(f"{self._number} · {column.title(comparison.columns)}")
        if column.turn != self._turn:
            self._begin()
        before = self._shown
        thought, said = before
        self._block.append(Kind.THINKING, column.thinking[thought:])
        self._block.append(Kind.TEXT, column.text[said:])
        self._shown = len(column.thinking), len(column.text)
        idle = "" if column.turn else "Enter above asks."
        waits = column.running and not column.first_at
        told = self._block.set_status(waiting(space, comparison.columns, column) if waits else idle)
        if told or self._shown != before:
            self.transcript.changed(self._block)
        figures = Content(clean(column.figures(now)))
        if column.error:
            figures = Content("\n").join((Content.styled(clean(column.error), "$error"), figures))
        self.query_one(".figures", Static).update(figures)

    def _begin(self) -> None:
        self._turn, self._shown = self.column.turn, (0, 0)
        self._block = Block(Role.MODEL)
        self.transcript.clear()
        self.transcript.add(self._block)
        self.transcript.follow()


def _differences(first: Column, column: Column) -> Content:
    if column is first:
        return Content(clean(first.text))
    found = difference(clean(first.text), clean(column.text))
    if found is None:
        return Content.assemble(("too long to compare word by word\n\n", "$muted"), clean(column.text))
    told = Content.styled(f"against column 1: {summary(found)}\n\n", "$muted")
    return told + Content.assemble(*(part for change, text in found for part in _marked(change, text)))


def _marked(change: Change, text: str) -> list[tuple[str, str]]:
    """What is gone stands in brackets, so that it is told without colour too."""
    if change is not Change.GONE:
        return [(text, _LOOKS[change])]
    return [("[" + text.strip() + "]", _LOOKS[change]), (" ", "")]
