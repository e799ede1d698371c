"""Lines in and out: no cursor movement, no colour, nothing that is written twice."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import TYPE_CHECKING, Protocol, TextIO

from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_WAITING = 1000  # lines that are read ahead of what is done with them
_SENTENCE_END = re.compile(r"[.!?…:;][\"')\]]*\s|\n")


class Lines(Protocol):
    """Where lines come from. `get` gives `None` at the end of the input, again and again."""

    async def get(self) -> str | None: ...


class StreamLines:
    """The lines of a text stream, read by a thread of its own: a terminal cannot be waited for in any other way."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._queue: asyncio.Queue[str | None] = asyncio.Queue(_MOST_WAITING)
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, name="lines", daemon=True).start()

    async def get(self) -> str | None:
        """The next line without its end."""
        line = await self._queue.get()
        if line is None:
            self._queue.put_nowait(None)
        return line

    def _read(self) -> None:
        try:
            for line in self._stream:
                self._put(line.rstrip("\r\n"))
            self._put(None)
        except (RuntimeError, asyncio.CancelledError, ValueError, OSError):
            return  # the program ends, or its input was closed under it

    def _put(self, line: str | None) -> None:
        asyncio.run_coroutine_threadsafe(self._queue.put(line), self._loop).result()


class Speech:
    """Text as a screen reader wants it: by whole sentences and lines, each written once."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._rest = ""
        self._line_open = False

    def say(self, text: str) -> None:
        """A line of the program's own, after whatever of a reply is still held."""
        self.end()
        self._write(clean(text) + "\n")

    def piece(self, text: str) -> None:
        """A piece of a reply; what ends no sentence yet is held."""
        self._rest += clean(text)
        ends = [match.end() for match in _SENTENCE_END.finditer(self._rest)]
        if ends:
            self._out(self._rest[: ends[-1]])
            self._rest = self._rest[ends[-1] :]

    def end(self) -> None:
        """Write what is held and end the line."""
        self._out(self._rest)
        self._rest = ""
        if self._line_open:
            self._out("\n")

    def _out(self, text: str) -> None:
        if text:
            self._write(text)
            self._line_open = not text.endswith("\n")
