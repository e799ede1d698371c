"""Work that Ctrl-C stops, and the keys meanwhile."""

from __future__ import annotations

import asyncio
import sys
import termios
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

_LOCAL_FLAGS = 3  # their place in what `tcgetattr` gives


class Work:
    """At most one thing at a time."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """What Ctrl-C does; nothing while nothing runs."""
        if self._task is not None:
            self._task.cancel()

    async def run(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do it to its end and tell whether it came there; what it raises is raised here."""
        self._task = task = asyncio.create_task(work)
        try:
            with _unechoed():
                await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                task.cancel()
                raise
            return False
        finally:
            self._task = None
        return True


@contextmanager
def _unechoed() -> Iterator[None]:
    """Keep keys that are pressed meanwhile from the screen; the prompt that follows reads them."""
    if sys.stdin is None or not sys.stdin.isatty():
        yield
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    quiet = termios.tcgetattr(terminal)
    quiet[_LOCAL_FLAGS] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(terminal, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)
