"""The line to the terminal: how far it is behind, by the time that writes block and that a question is unanswered.

A write blocks when the pseudo-terminal is full, but a network takes much more than that before it does: SSH alone
holds two megabytes. So the terminal is asked something now and then while text flows, behind that text.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import IO, TYPE_CHECKING, Any

from textual.drivers.linux_driver import LinuxDriver
from textual.messages import TerminalSupportsSynchronizedOutput

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.message import Message

QUESTION = "\x1b[?2026$p"  # DECRQM of synchronised output: Textual asks the same at its start
_ASK_EVERY_S = 1.0
_ASK_AFTER_BYTES = 1024
_GIVE_UP_S = 4.0
_FAREWELL_S = 0.5


class Line:
    """Written to by three threads, each of which owns its fields: the writer's, the reader's and the app's."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.written = 0  # bytes
        self._busy_since = 0.0  # 0 while nothing is being written
        self._asked_at = 0.0
        self._written_then = 0
        self._fastest = 0.0
        self._answered = threading.Event()
        self._answered.set()
        self._able = False

    def begin(self) -> None:
        """Writer: a write begins."""
        self._busy_since = self._busy_since or self._now()

    def end(self, count: int) -> None:
        """Writer: so many bytes are gone."""
        self.written += count
        self._busy_since = 0.0

    def answer(self) -> None:
        """Reader: the terminal answered."""
        self._able = True
        if not self._answered.is_set():
            took = self._now() - self._asked_at
            self._fastest = min(took, self._fastest or took)
            self._answered.set()

    def question(self) -> str:
        """App: what to write behind the next frame; mostly nothing, and never without traffic."""
        now = self._now()
        due = now - self._asked_at >= _ASK_EVERY_S and self.written - self._written_then >= _ASK_AFTER_BYTES
        if not self._able or not due or not self._answered.is_set():
            return ""
        self._asked_at, self._written_then = now, self.written
        self._answered.clear()
        return QUESTION

    def behind(self) -> float:
        """App: seconds that the terminal is behind; beyond what an answer takes when nothing waits."""
        now, busy = self._now(), self._busy_since
        blocked = now - busy if busy else 0.0
        if self._answered.is_set():
            return blocked
        waited = now - self._asked_at
        if waited > _GIVE_UP_S and not busy:  # another terminal may have taken over, which does not answer
            self._able = False
            self._answered.set()
            return blocked
        return max(blocked, waited - 2 * self._fastest)

    def farewell(self) -> None:
        """App: wait a little for an answer that is on its way, or the shell would get it."""
        self._answered.wait(_FAREWELL_S)


class _Output:
    """A file that tells the line what is written to it."""

    def __init__(self, file: IO[str], line: Line) -> None:
        self._file = file
        self._line = line
        self._waiting = 0

    def write(self, text: str) -> int:
        """Write to the file, which may keep a part of it until `flush`."""
        self._line.begin()
        self._waiting += len(text.encode("utf-8", "replace"))
        return self._file.write(text)

    def flush(self) -> None:
        """Hand everything to the terminal."""
        self._line.begin()
        self._file.flush()
        self._line.end(self._waiting)
        self._waiting = 0

    def fileno(self) -> int:
        """The descriptor of the file."""
        return self._file.fileno()


class MeasuredDriver(LinuxDriver):
    """Textual's driver for Linux and macOS, with a measured line."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.line = Line()
        self._file: Any = _Output(sys.__stderr__ or sys.stderr, self.line)  # the file that Textual takes

    def process_message(self, message: Message) -> None:
        """From the thread that reads the terminal."""
        if isinstance(message, TerminalSupportsSynchronizedOutput):
            self.line.answer()
        super().process_message(message)

    def stop_application_mode(self) -> None:
        """Leave the terminal to others."""
        self.line.farewell()
        super().stop_application_mode()
