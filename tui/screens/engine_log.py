"""What the engine of a runner wrote, as it comes; also of one that has failed."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Log

from backend.errors import BackendError
from tui.advice import reason
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean_line
from tui.workspace import shown_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.timer import Timer

    from tui.monitor_gateway import MonitorGateway

_PERIOD_S = 1.0
_LINES = 5000
_KEYS = "↑ ↓ ← → · End follow · / find · Esc close"
_STAMP = re.compile(r"^[\d.]+ (?=[A-Z] )")  # the engine's clock: wide, and of little use to people


class EngineLog(Dialog[None]):
    """Follows the log while its end is in view. `/` leaves only the lines with a text, Esc shows all again."""

    DEFAULT_CSS = """
    EngineLog {
        & > .dialog { width: 96%; height: 94%; padding: 0 1; }
        Log {
            background: $surface;
            scrollbar-size-vertical: 1;
            scrollbar-size-horizontal: 0;
            &:focus { background-tint: $surface 0%; }
        }
        Input { dock: bottom; margin: 0; display: none; }
        Input.-shown { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find", show=False),
        Binding("end,G", "follow", show=False),
        Binding("escape", "leave", show=False, priority=True),
    ]

    def __init__(self, gateway: Callable[[], MonitorGateway], runner: str, model: str) -> None:
        super().__init__()
        self._gateway = gateway
        self._runner = runner
        self._model = shown_name(model)
        self._next = 0
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._wanted = ""
        self._log = Log(max_lines=_LINES)
        self._field = Input(placeholder="only lines with …", select_on_focus=False)
        self._box = Vertical(classes="dialog")
        self._polling: Timer | None = None

    def compose(self) -> ComposeResult:
        """The lines, and below them what to find."""
        with self._box:
            self._box.border_title = Content(f"Engine log · {self._model}")
            self._box.border_subtitle = _KEYS
            yield self._log
            yield self._field

    def on_mount(self) -> None:
        """Read at once, then once a second for as long as the engine runs."""
        self._log.focus()
        self._polling = self.set_interval(_PERIOD_S, self._poll)
        self._poll()

    def _poll(self) -> None:
        self.run_worker(self._read(), group="log", exclusive=True)

    async def _read(self) -> None:
        try:
            page = await self._gateway().log(self._runner, self._next)
        except BackendError as error:
            self._end(reason(error))
            return
        self._next = page.next
        new = [_STAMP.sub("", clean_line(line)) for line in page.lines]
        self._lines.extend(new)
        self._log.write_lines(self._shown(new))
        if not page.running:
            self._end("this engine has ended")

    def _end(self, why: str) -> None:
        """There is no more to come."""
        if self._polling is not None:
            self._polling.stop()
        self._box.border_subtitle = Content(f"{clean_line(why)} · {_KEYS}")

    def _shown(self, lines: list[str]) -> list[str]:
        return [line for line in lines if self._wanted.casefold() in line.casefold()]

    def action_find(self) -> None:
        """Write what the lines must hold."""
        self._field.add_class("-shown")
        self._field.focus()

    def action_follow(self) -> None:
        """To the end, and follow it."""
        self._log.scroll_end(animate=False)

    def action_leave(self) -> None:
        """Show all lines again, else close."""
        if not self._field.has_class("-shown"):
            self.dismiss(None)
            return
        self._field.remove_class("-shown")
        self._field.value = ""
        self._log.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Only the lines with this text."""
        self._wanted = event.value
        self._log.clear()
        self._log.write_lines(self._shown(list(self._lines)))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the lines that were found."""
        self._log.focus()
