"""The store's models: which are there, which are loaded, which one the chat uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from tui.actions.action import Scope
from tui.actions.registry import bindings
from tui.panes.rows import Row, Rows
from tui.quantity import fit, size
from tui.terminal.sanitize import clean_line
from tui.workspace import shown_name

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets import OptionList

    from backend.wire.ollama import ModelSummary
    from backend.wire.workstation import RunnerView
    from tui.workspace import Workspace

# A mark for each state that a model can be in memory; each has a shape of its own.
NOT_LOADED, LOADING, LOADED, PINNED = " ", "◌", "●", "◆"
_ASKED_OF_ALL = "completion"  # an ability that need not be told


class _List(Rows):
    """The list itself, which has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.MODELS)
    SCOPE = Scope.MODELS


class ModelsPane(Vertical):
    """Enter uses the model under the cursor for the chat; a filter narrows the list."""

    DEFAULT_CSS = """
    ModelsPane {
        #models-filter {
            height: 1;
            border: none;
            padding: 0 1;
            background: $panel;
            &:focus { border: none; }
        }
    }
    """
    BORDER_TITLE = "Models"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear_filter", show=False),
        Binding("down", "to_list", show=False),
    ]

    class Used(Message):
        """A model was clicked."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(id="models", classes="pane")
        self._workspace = workspace
        self.rows = _List(id="models-list")
        self._filter = Input(id="models-filter", placeholder="part of a name, vision, Q4 …", compact=True)
        self._filter.cursor_blink = self._filter.display = False

    def compose(self) -> ComposeResult:
        """The filter over the list; it is hidden until it is wanted."""
        yield self._filter
        yield self.rows

    @property
    def chosen(self) -> str:
        """The name of the model under the cursor; empty if there is none."""
        return self.rows.chosen

    @property
    def filtered(self) -> bool:
        """Whether the filter is there."""
        return bool(self._filter.display)

    def refresh_rows(self) -> None:
        """Show what the workspace knows now: those in memory first, the newest of the rest next."""
        space = self._workspace
        wanted = [model for model in space.models if matches(model, self._filter.value)]
        wanted.sort(key=lambda model: space.runner(model.name) is None)
        rows = [
            model_row(model, self.rows.room, memory_mark(space.runner(model.name)), used=model.name == space.model)
            for model in wanted
        ]
        if self._filter.value and space.models:
            empty = "No model fits.\nEsc shows all."
        else:
            empty = "No model yet.\nPress g to get one." if space.models_known else "…"
        self.rows.show(rows, empty)
        count = f" {len(wanted)} of {len(space.models)}" if self._filter.value else ""
        self.border_title = f"{self.BORDER_TITLE}{count}"

    def filter(self) -> None:
        """Narrow the list to what is typed from now on."""
        self._filter.display = True
        self.screen.set_focus(self._filter)  # at once: the next key may be there already

    def action_to_list(self) -> None:
        """From the filter to what it left; its text stays."""
        self.rows.focus()

    def action_clear_filter(self) -> None:
        """All models again."""
        self._filter.display = False
        self._filter.value = ""
        self.rows.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a filter Escape leaves the pane; below the filter Down moves in the list."""
        if action == "clear_filter":
            return self.filtered
        if action == "to_list":
            return self._filter.has_focus
        return super().check_action(action, parameters)

    def on_input_changed(self, event: Input.Changed) -> None:
        """The list follows every letter."""
        event.stop()
        self.refresh_rows()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the list."""
        event.stop()
        self.action_to_list()

    def on_resize(self, event: events.Resize) -> None:
        """Texts are cut to the width."""
        self.call_after_refresh(self.refresh_rows)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click chooses, like Enter."""
        event.stop()
        self.post_message(self.Used())


def matches(model: ModelSummary, query: str) -> bool:
    """Whether every word of the query stands in the model's name, family, quantisation, size or abilities."""
    details = model.details
    facts = (model.name, details.family, details.quantization_level, details.parameter_size, *model.capabilities)
    text = " ".join(facts).lower()
    return all(word in text for word in query.lower().split())


def memory_mark(runner: RunnerView | None) -> str:
    """Whether a model is in memory, and stays there."""
    if runner is None:
        return NOT_LOADED
    if runner.state != "ready":
        return LOADING
    return PINNED if runner.pinned else LOADED


def model_row(model: ModelSummary, width: int, mark: str, *, used: bool) -> Row:
    """The name with the mark; size, quantisation and parameters; what it can do beside completing text."""
    name = fitting_name(model.name, width - 4)
    gap = " " * max(1, width - 3 - cell_len(name))
    details = (size(model.size), model.details.quantization_level, model.details.parameter_size)
    abilities = [ability for ability in model.capabilities if ability != _ASKED_OF_ALL]
    lines = [
        clean_line(" · ".join(item for item in details if item and item != "unknown")),
        clean_line(" · ".join(abilities)),
    ]
    if cell_len(" · ".join(lines)) <= width - 2:
        lines = [" · ".join(line for line in lines if line)]
    return model.name, Content.assemble(
        ("> " if used else "  ", "$accent"),
        (name, "bold" if used else ""),
        gap,
        (mark, "$success"),
        *[item for line in lines if line for item in ("\n  ", (fit(line, width - 2), "$muted"))],
    )


def fitting_name(model: str, width: int) -> str:
    """A model's name in `width` cells; a longer one goes without its host and owner, which tell least."""
    name = shown_name(model)
    last = name.rpartition("/")[2]
    return fit(name if cell_len(name) <= width or last == name else f"…/{last}", width)
