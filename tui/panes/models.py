"""The store's models: which are there, which are loaded, which one the chat uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message

from tui.actions.action import Scope
from tui.actions.registry import bindings
from tui.panes.rows import Row, Rows
from tui.quantity import fit, size
from tui.terminal.sanitize import clean_line
from tui.workspace import shown_name

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType
    from textual.widgets import OptionList

    from backend.wire.ollama import ModelSummary
    from tui.workspace import Workspace


class ModelsPane(Rows):
    """Enter uses the model under the cursor for the chat."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.MODELS)
    BORDER_TITLE = "Models"
    SCOPE = Scope.MODELS

    class Used(Message):
        """A model was clicked."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(id="models", classes="pane")
        self._workspace = workspace

    def refresh_rows(self) -> None:
        """Show what the workspace knows now."""
        space = self._workspace
        rows = [
            model_row(model, self.room, loaded=space.runner(model.name) is not None, used=model.name == space.model)
            for model in space.models
        ]
        self.show(rows, "No model yet.\nPress g to get one." if space.models_known else "…")

    def on_resize(self, event: events.Resize) -> None:
        """Texts are cut to the width."""
        self.refresh_rows()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click chooses, like Enter."""
        event.stop()
        self.post_message(self.Used())


def model_row(model: ModelSummary, width: int, *, loaded: bool, used: bool) -> Row:
    """Two lines: the name with a dot when it is loaded; size, quantisation and parameters."""
    mark = "> " if used else "  "
    name = fit(shown_name(model.name), width - 4)
    gap = " " * max(1, width - 3 - cell_len(name))
    details = (size(model.size), model.details.quantization_level, model.details.parameter_size)
    about = fit(clean_line(" · ".join(item for item in details if item and item != "unknown")), width - 2)
    return model.name, Content.assemble(
        (mark, "$accent"),
        (name, "bold" if used else ""),
        gap,
        ("●" if loaded else " ", "$success"),
        "\n  ",
        (about, "$muted"),
    )
