"""A sign that something is waited for. It leaves nothing behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self, TextIO

from tui.commands.progress import FRAMES, TICK_S

if TYPE_CHECKING:
    from types import TracebackType

_ASCII_FRAMES = "|/-\\"
_CLEAR_LINE = "\r\x1b[K"


class Spinner:
    """`async with Spinner(stream) as spinner: …` on a line of its own; nothing where the stream is no terminal.

    It appears after one tick, so that what comes at once does not flicker.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._task: asyncio.Task[None] | None = None
        self._drawn = False

    async def __aenter__(self) -> Self:
        if self._stream.isatty():
            self._task = asyncio.create_task(self._spin())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Take it away, so that other output may follow."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._drawn:
            self._drawn = False
            self._write(_CLEAR_LINE)

    async def _spin(self) -> None:
        is_utf = (self._stream.encoding or "").lower().replace("-", "") in ("utf8", "utf_8")
        frames, number = (FRAMES if is_utf else _ASCII_FRAMES), 0
        while True:
            await asyncio.sleep(TICK_S)
            self._drawn = True
            self._write(f"{_CLEAR_LINE}{frames[number % len(frames)]} ")
            number += 1

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
