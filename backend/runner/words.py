"""What a library writes to standard error while it loads: passed on, and kept for an error's text."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINES = 20
_STDERR = 2


@contextmanager
def overheard() -> Iterator[deque[str]]:
    """The last lines that anything in this process writes to standard error in the block; complete at its end."""
    lines: deque[str] = deque(maxlen=_LINES)
    sys.stderr.flush()
    saved = os.dup(_STDERR)
    reading, writing = os.pipe()
    os.dup2(writing, _STDERR)
    os.close(writing)
    listener = threading.Thread(target=_pass_on, args=(reading, saved, lines))
    listener.start()
    try:
        yield lines
    finally:
        sys.stderr.flush()
        os.dup2(saved, _STDERR)  # the pipe's last writer: its reader comes to the end
        listener.join()
        os.close(saved)


def say(level: str, text: str, stream: TextIO = sys.stderr) -> None:
    """A line as llama.cpp logs it, for `LogRing`; `level` is I, W or E."""
    stream.write(f"0.00 {level} ctransformers: {text}\n")
    stream.flush()


def _pass_on(reading: int, writing: int, lines: deque[str]) -> None:
    with os.fdopen(reading, "rb") as source:
        for line in source:
            lines.append(line.decode("utf-8", "replace").strip())
            os.write(writing, line)
