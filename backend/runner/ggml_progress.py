"""How much of a model's file has been read: the library does not tell, the system counts it."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_STEP_S = 0.2
_COUNTS = Path("/proc/self/io")  # Linux alone has it
_READ = "rchar:"


@contextmanager
def progress(size: int) -> Iterator[None]:
    """In the block, tell the parent on standard output how many of `size` bytes this process has read, as llama.cpp
    does. What is only mapped does not count, and a read that hangs tells nothing.
    """
    start, done = _bytes_read(), threading.Event()
    teller = threading.Thread(target=_tell, args=(start, max(size, 1), done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(start: int, size: int, done: threading.Event) -> None:
    told, ended = 0.0, False
    while not ended:
        ended = done.wait(_STEP_S)
        value = min((_bytes_read() - start) / size, 1.0)
        if value > told:
            told = value
            state = msgspec.json.encode({"state": "loading", "payload": {"value": round(value, 4)}})
            sys.stdout.buffer.write(b"cmd_child_to_router:state:" + state + b"\n")
            sys.stdout.buffer.flush()


def _bytes_read() -> int:
    try:
        lines = _COUNTS.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.removeprefix(_READ)) for line in lines if line.startswith(_READ)), 0)
