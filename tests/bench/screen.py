"""The app in a pseudo-terminal, and what it costs: processor time and bytes to the terminal."""

from __future__ import annotations

import fcntl
import math
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil
import pyte

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ASKED, _ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"  # synchronised output, which most terminals have
_DEADLINE_S = 20.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a stretch of time, in seconds and bytes."""

    seconds: float
    cpu_s: float
    sent: int

    @property
    def cpu(self) -> float:
        """Per cent of one core."""
        return 100 * self.cpu_s / self.seconds

    @property
    def rate(self) -> float:
        """Thousands of bytes per second."""
        return self.sent / self.seconds / 1e3


class Screen:
    """What is on the other side of the app's terminal. It answers as a terminal does, after `lag` seconds."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, size: tuple[int, int]) -> None:
        self.output = b""
        self._fed = 0
        self._shown = pyte.Screen(*size)
        self._emulated = pyte.ByteStream(self._shown)
        self.lag = 0.0
        self._answers: list[float] = []  # when they are due
        self._process = process
        self._watched = psutil.Process(process.pid)
        self._master = master

    def write(self, text: str) -> None:
        """Type."""
        os.write(self._master, text.encode())

    def until(self, condition: Callable[[bytes], bool]) -> float:
        """Read until what came since the start of this call fulfils something; the seconds that took."""
        start, begun = len(self.output), time.monotonic()
        while not condition(self.output[start:]):
            if time.monotonic() - begun > _DEADLINE_S:
                raise TimeoutError(f"it did not come; the screen shows\n{self.text}")
            self._read(0.5)
        return time.monotonic() - begun

    def until_shows(self, text: str) -> None:
        """Read until a text stands on the screen; in the bytes it may be in pieces."""
        self.until(lambda _: text in self.text)

    @property
    def text(self) -> str:
        """What the screen shows."""
        self._emulated.feed(self.output[self._fed :])
        self._fed = len(self.output)
        return "\n".join(self._shown.display)

    def quiet(self, seconds: float) -> None:
        """Read until nothing has come for some time."""
        while self._read(seconds):
            pass

    def watch(self, seconds: float) -> Cost:
        """Read for some time, and tell what that time cost the app."""
        start, used, begun = len(self.output), self.cpu_s, time.monotonic()
        while (rest := begun + seconds - time.monotonic()) > 0:
            self._read(rest)
        return Cost(time.monotonic() - begun, self.cpu_s - used, len(self.output) - start)

    def sleep(self, seconds: float) -> None:
        """Take nothing for some time, while the app runs: what a stalled line does."""
        select.select([], [], [], seconds)

    @property
    def cpu_s(self) -> float:
        """Processor time of the app so far, without that of its children."""
        times = self._watched.cpu_times()
        return float(times.user + times.system)

    @property
    def resident(self) -> int:
        """Bytes of memory that the app has."""
        return int(self._watched.memory_info().rss)

    def _read(self, wait: float) -> bool:
        now = time.monotonic()
        due = min(self._answers, default=math.inf)
        if due <= now:
            self._answers.remove(due)
            os.write(self._master, _ANSWER)
        if not select.select([self._master], [], [], max(0.0, min(wait, due - now)))[0]:
            return due < math.inf
        data = os.read(self._master, 1 << 16)
        self._answers += [time.monotonic() + self.lag] * data.count(_ASKED)
        self.output += data
        return True


@contextmanager
def opened(environment: dict[str, str], *arguments: str, size: tuple[int, int] = (120, 40)) -> Iterator[Screen]:
    """The app, started and ended. `size` is columns and rows."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    options: dict[str, Any] = {"stdin": slave, "stdout": slave, "stderr": slave, "start_new_session": True}
    terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", *arguments], env={**environment, **terminal}, cwd=ROOT, **options
    )
    os.close(slave)
    try:
        yield Screen(process, master, size)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(master)
