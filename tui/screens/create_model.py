"""A new model of an edited Modelfile: the text, the name, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from backend.errors import BackendError
from tui.acquire import Step
from tui.advice import reason
from tui.modelfile import request_on_a_model
from tui.prompt.external_editor import EditorError
from tui.screens.dialog import Dialog
from tui.screens.get_model import progress
from tui.terminal.sanitize import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.worker import Worker

    from tui.connection import Gateway

_KEYS = "Tab text, name · Enter in the name makes it · Alt+E editor · Esc"


class CreateModel(Dialog[str]):
    """Dismissed with the name of the model that was made, or with nothing.

    `edit` lets the user change a text in an editor of their own; it is asked at once if `at_once`.
    """

    DEFAULT_CSS = """
    CreateModel {
        #create-text { height: 14; max-height: 50vh; }
        #create-name { margin: 0; }
        #create-said { margin-top: 1; min-height: 3; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("alt+e", "editor", show=False, priority=True)]

    def __init__(
        self, base: str, text: str, gateway: Callable[[], Gateway], edit: Callable[[str], str], *, at_once: bool
    ) -> None:
        super().__init__()
        self._base = base
        self._text = TextArea(
            clean(text), id="create-text", compact=True, highlight_cursor_line=False, tab_behavior="focus"
        )
        self._text.cursor_blink = False
        self._new_name = Input(id="create-name", placeholder="name of the new model, such as mine or mine:v2")
        self._new_name.cursor_blink = False
        self._gateway = gateway
        self._edit = edit
        self._at_once = at_once
        self._worker: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """The text over the name; what happens below."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content(f"A new model of {clean_line(self._base)}")
            box.border_subtitle = _KEYS
            yield self._text
            yield self._new_name
            yield Static(id="create-said", markup=False)

    def on_mount(self) -> None:
        """The text first; after an editor only the name is missing."""
        self._text.focus()
        if self._at_once:
            self.call_after_refresh(self.action_editor)

    def action_editor(self) -> None:
        """Go on in the user's editor."""
        try:
            self._text.text = self._edit(self._text.text)
        except SuspendNotSupported:
            self._say("this terminal cannot be lent to an editor; write here", "$warning")
        except EditorError as error:
            self._say(str(error), "$error")
        else:
            self._new_name.focus()

    def action_close(self) -> None:
        """Escape stops what is being made; when nothing is, it closes."""
        if self._worker is not None:
            self._worker.cancel()
        else:
            self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter makes the model."""
        event.stop()
        name = event.value.strip()
        if not name:
            self._say("Type a name for the new model, then press Enter.", "$warning")
        elif self._worker is None:
            self._say("making it …", "$muted")
            self._worker = self.run_worker(self._make(name), group="fetch")

    async def _make(self, name: str) -> None:
        try:
            gateway = self._gateway()
            known = {model.name.removesuffix(":latest").lower() for model in await gateway.tags()}
            if name.removesuffix(":latest").lower() in known:
                self._say(f"There is a model {name} already; give the new one another name.", "$error")
                return
            async for line in gateway.create(request_on_a_model(name, self._text.text)):
                step = Step(clean_line(line.status), line.completed, line.total)
                self._update(progress(step, 0.0, self.room))
            self.dismiss(name)
        except BackendError as error:
            self._say(reason(error), "$error")
        finally:
            self._worker = None

    def _say(self, text: str, style: str) -> None:
        self._update(Content.styled(clean(text), style))

    def _update(self, content: Content) -> None:
        if self.is_attached:
            self.query_one("#create-said", Static).update(content)
