"""Every action with the keys in force, made from the registry; typing narrows it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from tui.actions.registry import ACTIONS
from tui.screens.beside import beside
from tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.app import ComposeResult

    from tui.actions.action import Action
    from tui.actions.keymap import Keymap

_INTRO = (
    "Esc leaves the prompt; then single letters work. The keys of a pane work while it has the focus, "
    "F and Ctrl keys everywhere."
)
_KEYS_WIDTH = 19
_WRITING = (
    ("Enter", "send the message"),
    ("Alt+Enter Ctrl+J", "new line in the message"),
    ("/", "commands; /? lists them"),
    ("@", "a file that goes with the message; an image by its path"),
    ("↑ ↓", "in the first and last row: what you wrote before"),
    ("Ctrl+K U W, Y", "cut to the end, the start, a word; put back"),
    ("Ctrl+Z Alt+Z", "undo, redo"),
    ("PgUp PgDn", "scroll the chat while writing"),
    ("Home End", "start and end of the chat when nothing is written"),
)


class Help(Dialog[None]):
    """`reason` tells of an action why it cannot be done now; such actions are dim and say why."""

    DEFAULT_CSS = """
    Help {
        & > .dialog { height: 94%; }
        Input { margin: 0 0 1 0; }
        VerticalScroll { height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll('scroll_up')", show=False, priority=True),
        Binding("down", "scroll('scroll_down')", show=False, priority=True),
        Binding("pageup", "scroll('scroll_page_up')", show=False, priority=True),
        Binding("pagedown", "scroll('scroll_page_down')", show=False, priority=True),
    ]

    def __init__(self, keys: Keymap, reason: Callable[[Action], str | None], *, changed_in: str = "") -> None:
        super().__init__()
        self._keys = keys
        self._reason = reason
        self._changed_in = changed_in

    def compose(self) -> ComposeResult:
        """The field over one block per group."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Help"
            box.border_subtitle = "type to narrow · ↑ ↓ scroll · Esc close"
            field = Input(placeholder="a word or a key, such as theme or Ctrl+N", id="help-filter")
            field.cursor_blink = False
            yield field
            with VerticalScroll(can_focus=False):
                yield Static(id="help-text", markup=False)

    def on_mount(self) -> None:
        """Everything is shown until something is typed."""
        self._fill("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        event.stop()
        self._fill(event.value)

    def action_scroll(self, how: str) -> None:
        """Scroll while the field keeps the focus."""
        getattr(self.query_one(VerticalScroll), how)(animate=False)

    def _fill(self, wanted: str) -> None:
        lines = list(self._lines(wanted.lower().split(), self.room))
        self.query_one("#help-text", Static).update(
            Content("\n").join(lines) if lines else Content.styled("Nothing is called so.", "$muted")
        )
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def _lines(self, words: list[str], width: int) -> Iterator[Content]:
        if not words:
            yield Content(_INTRO)
            if self._changed_in:
                yield Content.styled(f"Keys can be changed in {self._changed_in}", "$muted")
            yield Content("")
        rows: list[tuple[str, str, str, str, str | None]]
        rows = [("Writing", "", keys, title, None) for keys, title in _WRITING]
        rows += [(act.group, act.id, self._keys.names(act), act.title, self._reason(act)) for act in ACTIONS]
        found = [row for row in rows if all(word in " ".join(row[:4]).lower() for word in words)]
        for index, (group, of_group) in enumerate(groupby(found, key=lambda row: row[0])):
            if index:
                yield Content("")
            yield Content.styled(group, "bold $primary")
            for _, action_id, keys, title, reason in of_group:
                yield _line(keys, title, reason, action_id if words else "", width)


def _line(keys: str, title: str, reason: str | None, action_id: str, width: int) -> Content:
    """The reason, and what the action is called in the file of keys, stand below where they do not fit beside it."""
    short = (keys, "$accent" if reason is None else "$muted")
    notes = [note for note in (action_id, reason) if note]
    note = f"({'; '.join(notes)})" if notes else ""
    if note and _KEYS_WIDTH + cell_len(f"{title}  {note}") <= width:
        return beside(short, [(title, "")], _KEYS_WIDTH, width) + Content.styled(f"  {note}", "$muted")
    return beside(short, [(title, ""), (note, "$muted")] if note else [(title, "")], _KEYS_WIDTH, width)
