"""What every runner child does first, whatever engine it hosts."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading

import msgspec

from backend.runner.spec import RunnerOrder

_PR_SET_PDEATHSIG = 1


def read_order() -> RunnerOrder:
    """The order on standard input. From now on this process ends when its parent does, however that ends, and when its
    input ends.
    """
    order = msgspec.json.decode(_read_line(), type=RunnerOrder)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != order.parent:  # it died before the call
            os._exit(1)
    threading.Thread(target=_exit_at_end_of_input, daemon=True).start()
    return order


def _read_line() -> bytes:
    line = bytearray()
    while (byte := os.read(0, 1)) not in (b"", b"\n"):  # unbuffered: an engine may read the rest of stdin itself
        line += byte
    return bytes(line)


def _exit_at_end_of_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)  # an orderly exit during a request hangs or crashes the engines
