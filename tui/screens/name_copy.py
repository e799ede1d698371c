"""A second name for a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from backend.errors import BackendError
from tui.advice import reason
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from textual.app import ComposeResult


class NameCopy(Dialog[str]):
    """Dismissed with the name of the copy that `copy` has made, or with nothing. `taken` are the names in use."""

    def __init__(self, model: str, taken: Collection[str], copy: Callable[[str], Awaitable[None]]) -> None:
        super().__init__()
        self._model = model
        self._taken = {name.removesuffix(":latest").lower() for name in taken}
        self._copy = copy

    def compose(self) -> ComposeResult:
        """What a copy is, the field, and what is wrong with its text."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content(f"Copy {clean_line(self._model)}")
            box.border_subtitle = "Enter copy · Esc close"
            yield Static("A copy takes no room: both names share their files.", markup=False)
            field = Input(placeholder="the new name, such as mine or mine:v2")
            field.cursor_blink = False
            yield field
            yield Static(id="copy-said", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter copies."""
        event.stop()
        name = event.value.strip()
        if not name:
            self._say("Type a name, then press Enter.")
        elif name.removesuffix(":latest").lower() in self._taken:
            self._say(f"There is a model {clean_line(name)} already; choose another name.")
        else:
            self.run_worker(self._make(name), group="copy", exclusive=True)

    async def _make(self, name: str) -> None:
        try:
            await self._copy(name)
        except BackendError as error:
            self._say(reason(error))
        else:
            self.dismiss(name)

    def _say(self, text: str) -> None:
        self.query_one("#copy-said", Static).update(Content.styled(text, "$error"))
