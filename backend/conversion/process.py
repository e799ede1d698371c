"""The parent's side of a conversion: starts the child, passes its progress on, and makes its file a blob."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from backend.conversion.order import Assignment, Failed, Finished, Order, Progressed, Report
from backend.errors import ConversionFailed
from backend.store import Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from backend.store.blobs import Blobs

COMMAND = (sys.executable, "-P", "-m", "backend.conversion.child")
_STEP_S = 0.5  # the longest step of the generator
_SILENCE_S = 300.0
_END_S = 10.0  # for a killed child to be gone
_PIECE = 1 << 16
_turn = threading.Lock()
_decoder: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)


def convert(
    order: Order, blobs: Blobs, hold: Callable[[Digest], object], command: Sequence[str] = COMMAND
) -> Generator[Progressed, None, Digest]:
    """Carries out the order in a child process and returns the digest of the new blob, which `hold` hears first.

    One conversion runs at a time: it uses every core. Each step takes at most half a second; closing the generator
    kills the child and leaves nothing behind. `command` starts the child. Raises `ConversionFailed` with the child's
    reason and status, and `StoreError`.
    """
    while not _turn.acquire(timeout=_STEP_S):
        yield Progressed(0, 0)
    try:
        with blobs.writer() as blob:
            finished = yield from _run(command, Assignment(order, blob.fileno()))
            digest = Digest(finished.digest)
            hold(digest)
            return blob.commit_written(digest, finished.size)
    finally:
        _turn.release()


def _run(command: Sequence[str], assignment: Assignment) -> Generator[Progressed, None, Finished]:
    process = subprocess.Popen(  # noqa: S603 # this interpreter and a module of ours
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=(assignment.descriptor,),
        start_new_session=True,
    )
    try:
        _tell(process, assignment)
        for report in _reports(process):
            if isinstance(report, Failed):
                raise ConversionFailed(report.message, status=report.status)
            if isinstance(report, Finished):
                return report
            yield report
        raise ConversionFailed(f"the conversion ended without a result{_ending(process)}")
    finally:
        _end(process)


def _tell(process: subprocess.Popen[bytes], assignment: Assignment) -> None:
    if process.stdin is not None:
        with suppress(BrokenPipeError):  # it ended at once: its silence tells
            process.stdin.write(msgspec.json.encode(assignment) + b"\n")
            process.stdin.flush()


def _reports(process: subprocess.Popen[bytes]) -> Generator[Report, None, None]:
    """What the child says until it closes its output; while it is silent, its last progress again."""
    if process.stdout is None:
        return
    descriptor, rest = process.stdout.fileno(), b""
    last, heard = Progressed(0, 0), time.monotonic()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while True:
        if not poll.poll(_STEP_S * 1000):
            if time.monotonic() - heard > _SILENCE_S:
                raise ConversionFailed(f"the conversion made no progress for {_SILENCE_S:.0f} seconds")
            yield last
            continue
        data = os.read(descriptor, _PIECE)
        if not data:
            return
        heard = time.monotonic()
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            report = _read(line)
            if isinstance(report, Progressed):
                last = report
            yield report


def _read(line: bytes) -> Report:
    try:
        return _decoder.decode(line)
    except msgspec.DecodeError as error:
        raise ConversionFailed("the conversion said something that cannot be understood") from error


def _ending(process: subprocess.Popen[bytes]) -> str:
    with suppress(subprocess.TimeoutExpired):
        code = process.wait(_END_S)
        return f": killed by signal {-code}, perhaps for lack of memory" if code < 0 else f": exit status {code}"
    return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:  # not reaped yet, so its number is nobody else's
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(_END_S)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
