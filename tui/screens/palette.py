"""The palette: type a part of an action's name, Enter runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui.actions.registry import ACTIONS, key_names
from tui.quantity import fit
from tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from tui.actions.action import Action

_HIDDEN = ("app.palette", "app.back")


class Palette(Dialog[str]):
    """Dismissed with the id of the chosen action."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
    ]

    def __init__(self, reason: Callable[[Action], str | None]) -> None:
        super().__init__()
        self._reason = reason

    def compose(self) -> ComposeResult:
        """The field over the list."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Commands"
            box.border_subtitle = "↑ ↓ choose · Enter run · Esc close"
            field = Input(placeholder="what do you want to do?", id="palette-filter")
            field.cursor_blink = False
            yield field
            yield OptionList(id="palette-list", markup=False)

    def on_mount(self) -> None:
        """Everything is offered until something is typed."""
        self._fill("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        event.stop()
        self._fill(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Run what is highlighted."""
        event.stop()
        option = self.query_one(OptionList).highlighted_option
        if option is not None and option.id:
            self.dismiss(option.id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click runs."""
        event.stop()
        self.dismiss(event.option_id)

    def action_move(self, step: int) -> None:
        """Move the highlight while the field keeps the focus."""
        rows = self.query_one(OptionList)
        (rows.action_cursor_up if step < 0 else rows.action_cursor_down)()

    def _fill(self, wanted: str) -> None:
        rows = self.query_one(OptionList)
        rows.clear_options()
        rows.add_options([Option(self._text(action), id=action.id) for action in matching(wanted)])
        rows.highlighted = 0 if rows.option_count else None

    def _text(self, action: Action) -> Content:
        reason, keys = self._reason(action), key_names(action)
        width = self.room - 1  # the list's cursor reaches one cell further
        title = f"{action.group}: {action.title}"
        if reason is not None:
            return Content.styled(fit(f"{title} ({reason})", width), "$muted")
        gap = " " * max(2, width - cell_len(title) - cell_len(keys))
        return Content.assemble(title, gap, (keys, "$accent"))


def matching(wanted: str) -> list[Action]:
    """Actions whose group and title contain every typed word, in the registry's order."""
    words = wanted.lower().split()
    offered = [action for action in ACTIONS if action.id not in _HIDDEN]
    return [action for action in offered if all(word in f"{action.group} {action.title}".lower() for word in words)]
