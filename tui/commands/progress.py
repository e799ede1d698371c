"""Progress of pull and create on stderr: a live line on a terminal, one line per status elsewhere (section J)."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TextIO

from tui.commands.units import bytes_text
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from backend.wire.ollama import Progress

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
TICK_S = 0.1
_CLEAR_TO_END = "\x1b[K"
_LONGEST_REST_S = 100 * 3600


class ProgressLine:
    """What the stream said last, on one line. A changed status leaves the line before it standing."""

    def __init__(
        self, stream: TextIO, *, width: Callable[[], int] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._width = width or _terminal_width
        self._clock = clock
        self._status = ""
        self._completed = self._total = 0
        self._started = self._drawn = clock()
        self._first = 0

    def update(self, status: str, completed: int = 0, total: int = 0) -> None:
        """Take the newest state; `completed` and `total` in bytes, 0 if the status has no size."""
        status = clean_line(status)
        if status != self._status:
            self.finish()
            self._status, self._started, self._first = status, self._clock(), completed
            self._completed, self._total = completed, total
            if self._live:
                self.draw()
            else:
                self._write(f"{status}\n")
            return
        self._completed, self._total = completed, total
        if self._clock() - self._drawn >= TICK_S:
            self.draw()

    def draw(self) -> None:
        """Draw the live line again, for its spinner and its times."""
        if self._live and self._status:
            self._drawn = self._clock()
            self._write(f"\r{self._line(done=False)}{_CLEAR_TO_END}")

    def finish(self) -> None:
        """End the live line, so that other output may follow."""
        if self._live and self._status:
            self._write(f"\r{self._line(done=True)}{_CLEAR_TO_END}\n")
        self._status = ""

    def _line(self, *, done: bool) -> str:
        width = self._width() - 3  # beside it the terminal shows the ^C of who ends it
        if self._total and self._completed:
            return bar_line(
                self._status,
                self._completed,
                self._total,
                width=width,
                elapsed=self._clock() - self._started,
                fetched=self._completed - self._first,
            )[:width]
        frame = "" if done else f" {FRAMES[int(self._clock() / TICK_S) % len(FRAMES)]}"
        return f"{self._status[: width - 2]}{frame}"

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def bar_line(status: str, completed: int, total: int, *, width: int, elapsed: float, fetched: int) -> str:
    """`pulling 8eeb52dfb3bb: 45% ▕███   ▏ 120 MB/270 MB   12 MB/s   10s`, as wide as `width`.

    `fetched` bytes in `elapsed` seconds give the rate: they are fewer than `completed` when a download goes on.
    """
    head = f"{status}: {completed * 100 // total:>3}% "
    rate = fetched / elapsed if elapsed > 0 else 0.0
    tail = f" {bytes_text(completed):>6}/{bytes_text(total)}"
    if completed < total:
        pace = f"{bytes_text(int(rate))}/s" if rate else ""
        tail += f" {pace:>10} {_rest_text((total - completed) / rate) if rate else '':>7}"
    room = width - len(head) - len(tail) - 2
    if room < 1:
        return head + tail.strip()
    filled = min(room, room * completed // total)
    return f"{head}▕{'█' * filled}{' ' * (room - filled)}▏{tail}"


def _rest_text(seconds: float) -> str:
    if seconds >= _LONGEST_REST_S:
        return "99h+"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def _terminal_width() -> int:
    return shutil.get_terminal_size().columns


async def follow(stream: AsyncIterator[Progress]) -> None:
    """Show a pull or create stream on stderr until it ends."""
    async with ticking(ProgressLine(sys.stderr)) as line:
        async for progress in stream:
            if progress.digest and not progress.completed:
                continue  # a layer of which nothing has come is not drawn
            line.update(progress.status, progress.completed, progress.total)


@asynccontextmanager
async def ticking(line: ProgressLine) -> AsyncIterator[ProgressLine]:
    """Keep the live line moving while the body waits, and end it afterwards."""
    ticker = asyncio.create_task(_tick(line))
    try:
        yield line
    finally:
        ticker.cancel()
        line.finish()


async def _tick(line: ProgressLine) -> None:
    while True:
        await asyncio.sleep(TICK_S)
        line.draw()
