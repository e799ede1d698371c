"""The process that converts: `python -m backend.conversion.child`, one `Assignment` on stdin, reports on stdout.

It ends when its standard input does, which happens when its parent dies, however it dies.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import msgspec

from backend.conversion.merge import merge
from backend.conversion.order import Assignment, Failed, Finished, Order, Progressed, Quantize, Report
from backend.conversion.output import Output
from backend.conversion.quantize import quantize
from backend.errors import BackendError

_NICE = 10  # conversations come first


def main() -> None:
    """Carry out one order."""
    line = sys.stdin.buffer.readline()
    if not line:
        return
    assignment = msgspec.json.decode(line, type=Assignment)
    threading.Thread(target=_exit_at_end_of_input, daemon=True).start()
    os.nice(_NICE)
    output = Output(assignment.descriptor, lambda completed, total: _say(Progressed(completed, total)))
    try:
        _carry_out(assignment.order, output)
    except BackendError as error:
        _say(Failed(error.message, error.status))
    else:
        _say(Finished(output.digest, output.size))


def _carry_out(order: Order, output: Output) -> None:
    if isinstance(order, Quantize):
        quantize(Path(order.source), order.target, output)
    else:
        merge([Path(source) for source in order.sources], output)


def _say(report: Report) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    sys.stdout.buffer.flush()


def _exit_at_end_of_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
