"""Writes to the terminal only what it does not show yet, on a clock, and nothing while it is behind.

Textual sends every cell that was painted again. This hooks `App._display`, which is private: `pyproject.toml` pins
Textual's minor version, and `tests/tui/terminal/test_frame_diff.py` proves the result with a terminal emulator.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.events import InputEvent
from textual.geometry import Offset

from tui.terminal.clipboard import Copied, clipboard_sequence
from tui.terminal.frame import Frame
from tui.terminal.multiplexer import Multiplexer
from tui.terminal.pace import HOLD_S, LowBandwidth, Pace

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.driver import Driver
    from textual.events import Event, Resize
    from textual.screen import Screen
    from textual.timer import Timer

    from tui.terminal.line import Line

_AT_ONCE_S = 0.002  # a shorter wait is not worth a timer


class FrameDiff(App[None]):
    """An app whose screen is kept twice: as the terminal shows it, and as it should be."""

    def __init__(
        self, low_bandwidth: LowBandwidth = LowBandwidth.AUTO, multiplexer: Multiplexer = Multiplexer.NONE
    ) -> None:
        super().__init__()
        self.pace = Pace(low_bandwidth)
        self._multiplexer = multiplexer
        self._frame = Frame(0, 0)
        self._flushed_at = -math.inf
        self._flush_timer: Timer | None = None
        self._urgent = False
        self._shown_cursor = Offset(-1, -1)
        self._was_low = False

    def on_mount(self) -> None:
        """Another program had the terminal while the app was suspended."""
        self.app_resume_signal.subscribe(self, lambda _: self.redraw(), immediate=True)

    def get_driver_class(self) -> type[Driver]:
        """Textual's choice, measured if it can be."""
        chosen = super().get_driver_class()
        from textual.drivers.linux_driver import LinuxDriver

        if chosen is not LinuxDriver:
            return chosen
        from tui.terminal.line import MeasuredDriver

        return MeasuredDriver

    @property
    def line(self) -> Line | None:
        """The measured line to the terminal; none without a terminal."""
        return getattr(self._driver, "line", None)

    def redraw(self) -> None:
        """Write the whole screen again: something else wrote to the terminal, or it was given away."""
        self._frame.forget()
        self._shown_cursor = Offset(-1, -1)
        self.refresh()

    def copy(self, text: str) -> Copied:
        """Put a text on the clipboard of whoever sits at the terminal, over SSH and through tmux and screen too."""
        self._clipboard = text
        sequence, copied = clipboard_sequence(text, self._multiplexer)
        if self._driver is not None:
            self._driver.write(sequence)
            self._driver.flush()
        return copied

    def copy_to_clipboard(self, text: str) -> None:
        """What Textual's own widgets copy goes the same way."""
        self.copy(text)

    async def on_event(self, event: Event) -> None:
        """What the user does shows at once."""
        if isinstance(event, InputEvent):
            self._urgent = True
        await super().on_event(event)

    def on_resize(self, event: Resize) -> None:
        """A terminal may have moved its text about."""
        self.redraw()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if not isinstance(renderable, (ChopsUpdate, LayoutUpdate)) or self._batch_count or not self._has_terminal:
            super()._display(screen, renderable)
            return
        if self._frame.size != self.size:
            self._frame = Frame(*self.size, erases=self._multiplexer is not Multiplexer.SCREEN)
        self._frame.take(renderable, self._colors)
        self._flush_when_due()
        self.post_display_hook()

    @property
    def _has_terminal(self) -> bool:
        """As Textual's own `_display` asks."""
        driver = self._driver
        if driver is None or driver.is_inline or self.is_headless:
            return False
        return self._running and not self._closed

    @property
    def _colors(self) -> ColorSystem:
        return self.console._color_system or ColorSystem.TRUECOLOR

    def _flush_when_due(self) -> None:
        wait = 0.0 if self._urgent else self._flushed_at + self.pace.flush_s - time.monotonic()
        if wait <= _AT_ONCE_S:
            self._send()
        else:
            self._flush_after(wait)

    def _flush_after(self, wait: float) -> None:
        if self._flush_timer is None:
            self._flush_timer = self.set_timer(wait, self._flush_now)

    def _flush_now(self) -> None:
        self._flush_timer = None
        if self._has_terminal:
            self._send()

    def _send(self) -> None:
        """Write what has changed, unless the terminal has not taken yet what was written before."""
        line, now = self.line, time.monotonic()
        if line is not None:
            behind = line.behind()
            self.pace.delayed(behind, now)
            if behind >= HOLD_S:
                self._flush_after(self.pace.flush_s)
                return
        self._urgent = False
        self._flushed_at = now
        if self._was_low and not self.pace.low:
            self.redraw()  # in the colours that were too dear
        self._was_low = self.pace.low
        changes = self._frame.changes(thrifty=self._was_low)
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        if changes or cursor != self._shown_cursor:
            self._shown_cursor = self._previous_cursor_position = cursor
            self._write(f"{changes}\x1b[{cursor.y + 1};{cursor.x + 1}H", line, now)

    def _write(self, text: str, line: Line | None, now: float) -> None:
        if self._sync_available:
            text = f"{SYNC_START}{text}{SYNC_END}"
        if line is not None:
            text += line.question()
        if self._driver is not None:
            self._driver.write(text)
            self._driver.flush()
        self.pace.wrote(len(text.encode("utf-8", "replace")), now)
