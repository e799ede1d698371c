"""The palette: type letters of an action's name, Enter runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import FuzzySearch
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui.actions.registry import ACTIONS
from tui.quantity import fit
from tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from tui.actions.action import Action
    from tui.actions.keymap import Keymap

_HIDDEN = ("app.palette", "app.back")
_WORDS_LIMIT, _WORD_LIMIT = 6, 16


class Palette(Dialog[str]):
    """Dismissed with the id of the chosen action."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
    ]

    def __init__(self, keys: Keymap, reason: Callable[[Action], str | None]) -> None:
        super().__init__()
        self._keys = keys
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
        rows.add_options([Option(self._text(action, found), id=action.id) for action, found in matching(wanted)])
        rows.highlighted = 0 if rows.option_count else None

    def _text(self, action: Action, found: frozenset[int]) -> Content:
        reason, keys = self._reason(action), self._keys.names(action)
        width = self.room - 1  # the list's cursor reaches one cell further
        title = _title(action)
        if reason is not None:
            return Content.styled(fit(f"{title} ({reason})", width), "$muted")
        shown = fit(title, width - cell_len(keys) - 2)
        gap = " " * max(2, width - cell_len(shown) - cell_len(keys))
        letters = [(letter, "bold $accent" if place in found else "") for place, letter in enumerate(shown)]
        return Content.assemble(*letters, gap, (keys, "$muted"))


def matching(wanted: str) -> list[tuple[Action, frozenset[int]]]:
    """Actions in which every typed word is found, its letters in order, the best first; and where they stand."""
    words, search = wanted.lower().split()[:_WORDS_LIMIT], FuzzySearch()
    scored: list[tuple[float, Action, frozenset[int]]] = []
    for action in ACTIONS:
        matches = [search.match(word[:_WORD_LIMIT], _title(action)) for word in words]
        if action.id not in _HIDDEN and all(score for score, _ in matches):
            places = frozenset(place for _, offsets in matches for place in offsets)
            scored.append((sum(score for score, _ in matches), action, places))
    scored.sort(key=lambda item: -item[0])  # stable: the registry's order where nothing is typed
    return [(action, places) for _, action, places in scored]


def _title(action: Action) -> str:
    return f"{action.group}: {action.title}"
