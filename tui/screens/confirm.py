"""A question that is answered with y or n."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Confirm(Dialog[bool]):
    """Dismissed with true only by y: a habitual Enter destroys nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("n,enter", "answer(False)", show=False),
    ]

    def __init__(self, title: str, question: str) -> None:
        super().__init__()
        self._title = title
        self._question = clean(question)

    def compose(self) -> ComposeResult:
        """The question in the box, the keys in its frame."""
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            box.border_subtitle = "y yes · n no"
            yield Static(self._question, markup=False)

    def action_answer(self, yes: bool) -> None:
        """Close with the answer."""
        self.dismiss(yes)
