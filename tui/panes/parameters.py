"""The parameters of the next turn: value, source, and what the one under the cursor means."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static

from tui.actions.action import Scope
from tui.actions.registry import bindings
from tui.panes.rows import HEADING, Rows
from tui.panes.rows import Row as Shown
from tui.parameters import Row, Source
from tui.quantity import fit
from tui.terminal.sanitize import clean, clean_line

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from tui.workspace import Workspace

_MARKS = {
    Source.OWN: ("●", "$accent"),
    Source.PRESET: ("◆", "$accent"),
    Source.CHAT: ("◌", "$accent"),
    Source.MODEL: ("○", "$secondary"),
    Source.DEFAULT: (" ", ""),
}
_RELOADS = "↻"


class ParameterRows(Rows):
    """The list itself; Enter changes, Backspace resets."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PARAMETERS)
    SCOPE = Scope.PARAMETERS


class ParameterFilter(Input):
    """Escape shows all parameters again, Down goes to the list that is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False),
        Binding("down", "submit", show=False),
    ]

    class Closed(Message):
        """Nothing is to be filtered any more."""

    def __init__(self) -> None:
        super().__init__(id="parameter-filter", placeholder="a part of its name; Esc shows all")
        self.cursor_blink = False

    def action_close(self) -> None:
        """Show all again."""
        self.post_message(self.Closed())


class ParametersPane(Vertical):
    """Changes are used by the next turn. `filter` narrows the list as one types."""

    DEFAULT_CSS = """
    ParametersPane {
        #parameter-filter {
            height: 1;
            border: none;
            padding: 0 1;
            background: $panel;
            display: none;
            &:focus { border: none; }
            &.-open { display: block; }
        }
    }
    """
    BORDER_TITLE = "Parameters"

    class Edited(Message):
        """A parameter was clicked."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(id="parameters", classes="pane")
        self._workspace = workspace
        self.rows = ParameterRows(id="parameter-rows")
        self.filter = ParameterFilter()
        self._about = Static(id="parameter-about", markup=False)
        self._explained: Content | None = None

    def compose(self) -> ComposeResult:
        """The filter and the list over the explanation."""
        yield self.filter
        yield self.rows
        yield self._about

    @property
    def chosen(self) -> str:
        """The key of the parameter under the cursor."""
        return self.rows.chosen or self._workspace.parameters.specs()[0].key

    def refresh_rows(self) -> None:
        """Show the values in force."""
        wanted = self.filter.value.lower().split()
        shown: list[Shown] = []
        group = None
        for row in self._workspace.parameters.rows():
            if not all(word in f"{row.spec.key} {row.spec.about} {row.spec.group.value}".lower() for word in wanted):
                continue
            if row.spec.group is not group:
                group = row.spec.group
                shown.append((f"{HEADING}{group.value}", Content.styled(group.value, "bold $primary")))
            shown.append(parameter_row(row, self.rows.room))
        self.rows.show(shown, "No parameter is called so.")
        self._explain()

    def open_filter(self) -> None:
        """Type to narrow the list."""
        self.filter.add_class("-open")
        self.filter.focus()

    def on_parameter_filter_closed(self, event: ParameterFilter.Closed) -> None:
        """All parameters again; the list has the keys."""
        event.stop()
        self.filter.value = ""
        self.filter.remove_class("-open")
        self.rows.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        event.stop()
        self.refresh_rows()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """To the list that is left."""
        event.stop()
        self.rows.focus()

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
    mark, style = _MARKS[row.source]
    key = row.spec.key
    name = f"{key} {_RELOADS}" if row.spec.reloads else key
    value = fit(clean_line(row.value), max(4, width - len(name) - 4))
    gap = " " * max(1, width - len(name) - cell_len(value) - 2)
    return key, Content.assemble(
        key,
        (name.removeprefix(key), "$muted"),
        gap,
        (value, "$muted" if row.source is Source.DEFAULT else "bold"),
        " ",
        (mark, style),
    )


def explanation(row: Row) -> Content:
    """What a parameter means, what a change does, and where its value comes from."""
    mark = _MARKS[row.source][0]
    source = {
        Source.DEFAULT: "This is the default.",
        Source.MODEL: f"{mark} The model brings this value.",
        Source.CHAT: f"{mark} This chat's; Backspace resets.",
        Source.PRESET: f"{mark} Of the preset {clean_line(row.origin)}; Backspace resets.",
        Source.OWN: f"{mark} Yours; Backspace resets.",
    }[row.source]
    about = f"{row.spec.about} {_RELOADS} A change loads the model again." if row.spec.reloads else row.spec.about
    return Content.assemble((row.spec.key, "bold"), "\n", clean(about), "\n", (source, "$muted"))
