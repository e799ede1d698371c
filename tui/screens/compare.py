"""One prompt to several models or parameter sets, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tui.actions.action import Scope
from tui.actions.registry import bindings
from tui.compare.view import ColumnView, Question
from tui.screens.speaking import SpeakingDialog
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult

    from tui.actions.keymap import Keymap
    from tui.compare.column import Column
    from tui.compare.comparison import Comparison
    from tui.workspace import Workspace

FLUSH_S = 0.1
_MOVES = "← → · "
_COLUMN_WIDTH = 36  # cells that a column needs at least


class Compare(SpeakingDialog[str]):
    """Dismissed with the session of a column that was taken as a chat.

    `ask` is called with what the user wrote; it says what it has to say by `say`.
    """

    DEFAULT_CSS = """
    Compare {
        & > .dialog { padding: 0; }
        #question { height: 3; margin: 0; }
        #columns { height: 1fr; }
        .said { padding: 0 1; }
    }
    """
    AUTO_FOCUS = ""  # plain keys go on being about the columns when a dialog over them closes
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "choose(-1)", show=False),
        Binding("right,l", "choose(1)", show=False),
        Binding("pageup", "scroll_column(-1.0)", show=False),
        Binding("pagedown,space", "scroll_column(1.0)", show=False),
        Binding("up,k", "scroll_column(-0.1)", show=False),
        Binding("down,j", "scroll_column(0.1)", show=False),
        *bindings(Scope.COMPARE),
    ]

    def __init__(
        self,
        comparison: Comparison,
        workspace: Workspace,
        text: str,
        ask: Callable[[str], None],
        now: Callable[[], float],
        keys: Keymap,
    ) -> None:
        super().__init__()
        self.comparison = comparison
        self.differs = False
        self._workspace = workspace
        self._text = text
        self._ask = ask
        self._now = now
        self._keys = keys
        self._chosen = 0
        self._views: list[ColumnView] = []
        self._dirty = True

    @property
    def chosen(self) -> Column:
        """The column that keys are about."""
        return self.comparison.columns[self._chosen]

    def compose(self) -> ComposeResult:
        """The question over the columns."""
        with Vertical(classes="dialog") as box:
            box.border_title = self._title()
            box.border_subtitle = "Enter asks · Esc to the columns"
            yield Question(self._text)
            yield Horizontal(id="columns")
            yield Static(classes="said", markup=False)

    async def on_mount(self) -> None:
        """What stands in the chat's prompt is the question to begin with."""
        await self.lay_out()
        self.query_one(Question).focus()
        self.set_interval(max(FLUSH_S, self._workspace.pace.flush_s), self._flush)

    async def lay_out(self, *, last: bool = False) -> None:
        """The columns are others, or fewer, or more. `last`: the last one is chosen."""
        row = self.query_one("#columns", Horizontal)
        await row.remove_children()
        end = len(self.comparison.columns) - 1
        self._chosen = end if last else min(self._chosen, end)
        self._views = [ColumnView(column, number) for number, column in enumerate(self.comparison.columns, 1)]
        await row.mount(*self._views)
        self.touch()
        self._arrange()
        if self.differs:
            self.call_after_refresh(self._show_differences)

    def name_place(self) -> None:
        """The columns are asked elsewhere from now on."""
        self.query_one(".dialog", Vertical).border_title = self._title()

    def _title(self) -> Content:
        place = self.comparison.place
        return Content("Compare" if place is None else f"Compare · within: {clean_line(place.title)}")

    def touch(self) -> None:
        """Something happened to a column: it is shown with the next tick of the clock."""
        self._dirty = True

    def on_resize(self, event: events.Resize) -> None:
        """As many columns as the width can hold."""
        self._arrange()

    def on_question_asked(self, event: Question.Asked) -> None:
        """Enter in the question."""
        event.stop()
        self._ask(event.text)

    def on_column_view_chosen(self, event: ColumnView.Chosen) -> None:
        """A click on a column: keys are about it."""
        event.stop()
        self._chosen = self._views.index(event.view)
        self.leave_question()
        self._arrange()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The frame names the keys that work where the focus is."""
        self._name_keys()

    def leave_question(self) -> None:
        """From now on plain keys are about the columns."""
        self.set_focus(None)
        self._name_keys()

    def edit_question(self) -> None:
        """Write on at the question."""
        self.query_one(Question).focus()

    def action_close(self) -> None:
        """Escape leaves the question, then the screen."""
        if isinstance(self.focused, Question):
            self.leave_question()
        else:
            self.dismiss(None)

    def action_choose(self, step: int) -> None:
        """Another column."""
        self._chosen = (self._chosen + step) % len(self._views)
        self._arrange()

    def action_scroll_column(self, pages: float) -> None:
        """Move the text of the chosen column."""
        self._views[self._chosen].scroll_by_pages(pages)

    def toggle_difference(self) -> None:
        """Differences from the first column, or the replies as they are."""
        self.differs = not self.differs
        self._show_differences()

    def _show_differences(self) -> None:
        first = self.comparison.columns[0] if self.differs else None
        for view in self._views:
            view.show_difference(first)

    def _arrange(self) -> None:
        """Show the columns around the chosen one for which there is room."""
        room = max(1, min(self.app.size.width // _COLUMN_WIDTH, len(self._views)))
        first = min(max(0, self._chosen - room + 1), len(self._views) - room)
        for place, view in enumerate(self._views):
            view.display = first <= place < first + room
            view.set_class(place == self._chosen, "-chosen")
        if room < len(self._views):
            self.say(f"columns {first + 1} to {first + room} of {len(self._views)}; ← → show the others")

    def _flush(self) -> None:
        if not self._dirty and not self.comparison.running:
            return
        self._dirty = False
        now = self._now()
        for view in self._views:
            view.refresh_column(self.comparison, self._workspace, now)
        if self.differs and not self.comparison.running:
            self._show_differences()

    def _name_keys(self) -> None:
        writing = isinstance(self.focused, Question)
        room = self.size.width - cell_len(_MOVES) - 6
        keys = (
            "Enter asks · Alt+Enter new line · Esc to the columns"
            if writing
            else _MOVES + self._keys.hints(Scope.COMPARE, room)
        )
        self.query_one(".dialog").border_subtitle = keys
