"""The parameters of the next turn: value, source, and what the one under the cursor means."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static

from tui.actions.action import Scope
from tui.actions.registry import bindings
from tui.panes.rows import Row as Shown
from tui.panes.rows import Rows
from tui.parameters import Row, Source
from tui.quantity import fit
from tui.terminal.sanitize import clean, clean_line

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.workspace import Workspace


class ParameterRows(Rows):
    """The list itself; Enter changes, Backspace resets."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PARAMETERS)
    SCOPE = Scope.PARAMETERS


class ParametersPane(Vertical):
    """Changes are used by the next turn."""

    BORDER_TITLE = "Parameters"

    class Edited(Message):
        """A parameter was clicked."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(id="parameters", classes="pane")
        self._workspace = workspace
        self.rows = ParameterRows(id="parameter-rows")
        self._about = Static(id="parameter-about", markup=False)
        self._explained: Content | None = None

    def compose(self) -> ComposeResult:
        """The list over the explanation."""
        yield self.rows
        yield self._about

    @property
    def chosen(self) -> str:
        """The key of the parameter under the cursor."""
        return self.rows.chosen or self._workspace.parameters.specs()[0].key

    def refresh_rows(self) -> None:
        """Show the values in force."""
        rows = [parameter_row(row, self.rows.room) for row in self._workspace.parameters.rows()]
        self.rows.show(rows, "")
        self._explain()

    def on_resize(self, event: events.Resize) -> None:
        """Texts are cut to the width."""
        self.call_after_refresh(self.refresh_rows)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The explanation follows the cursor."""
        event.stop()
        self._explain()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click edits, like Enter."""
        event.stop()
        self.post_message(self.Edited())

    def _explain(self) -> None:
        content = explanation(self._workspace.parameters.row(self.chosen))
        if content != self._explained:
            self._explained = content
            self._about.update(content)


def parameter_row(row: Row, width: int) -> Shown:
    """Name, value, and a mark for where it comes from: a dot for the user's own, a ring for the model's."""
    mark, style = {Source.OWN: ("●", "$accent"), Source.MODEL: ("○", "$secondary")}.get(row.source, (" ", ""))
    key = row.spec.key
    value = fit(clean_line(row.value), max(4, width - len(key) - 4))
    gap = " " * max(1, width - len(key) - cell_len(value) - 2)
    return key, Content.assemble(
        key, gap, (value, "$muted" if row.source is Source.DEFAULT else "bold"), " ", (mark, style)
    )


def explanation(row: Row) -> Content:
    """What a parameter means and where its value comes from."""
    source = {
        Source.DEFAULT: "This is the default.",
        Source.MODEL: "○ The model brings this value.",
        Source.OWN: "● Yours; Backspace resets.",
    }[row.source]
    return Content.assemble((row.spec.key, "bold"), "\n", clean(row.spec.about), "\n", (source, "$muted"))
