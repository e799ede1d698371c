"""The life of one runner process, as its parent sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import signal
from typing import TYPE_CHECKING

import msgspec
import orjson

from backend.errors import LoadFailed
from backend.runner.log import LogRing
from backend.runner.pipes import Pipes
from backend.runner.spec import RunnerOrder, RunnerSpec
from backend.runner.state import RunnerState, check
from backend.runner.stream import RunnerClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

_PROBE_INTERVAL_S = 0.02
_LAST_WORDS_S = 1.0  # to read what a child that has ended left in its pipes
_PATH = re.compile(r"(?<![\w.])/[\w.~+@-]+(?:/[\w.~+@-]+)+")
_STATE_PREFIX = b"cmd_child_to_router:state:"
# What a runner may see of our environment: paths, locale, and what the engine's libraries read.
_ENVIRONMENT = frozenset({"PATH", "HOME", "LANG", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"})
_ENVIRONMENT_PREFIXES = ("LC_", "CUDA_", "NVIDIA_", "HIP_", "ROCR_", "HSA_", "GGML_", "GOMP_", "OMP_", "GPU_")


class RunnerProcess:
    """One child. `run` is its whole life and is awaited by exactly one task; `ready` may be awaited by another.

    `command` is the program to start; it must read a `RunnerOrder` line from its standard input. `changed` is called
    after each change of `state` or `progress`.
    """

    def __init__(self, spec: RunnerSpec, folder: Path, command: Sequence[str], changed: Callable[[], None]) -> None:
        self.spec = spec
        self.state = RunnerState.STARTING
        self.progress = 0.0
        self.pid = 0
        self.returncode: int | None = None
        self.log = LogRing()
        self.exited = asyncio.Event()
        self.client: RunnerClient | None = None
        self._socket = folder / f"{spec.id}.sock"
        self._key = secrets.token_urlsafe(32)
        self._command = command
        self._changed = changed
        self._heard = asyncio.Event()  # the engine wrote something: a load is not stalled

    async def run(self) -> None:
        """Start the child and stay until it has ended and everything of it is gone."""
        try:
            pipes, process = await self._spawn()
        except OSError as error:
            self.log.add(f"0 E cannot start the runner: {error.strerror}".encode())
            self._end(None)
            return
        self.pid = process.pid
        try:
            if self.state is RunnerState.STOPPING:  # told so while it was being started
                signal_group(process.pid, signal.SIGKILL)
            await self._supervise(process, pipes)
        finally:
            signal_group(process.pid, signal.SIGKILL)
            pipes.close()
            self._socket.unlink(missing_ok=True)
            try:
                if self.client is not None:
                    await self.client.close()
            finally:
                self._end(process.returncode)

    async def _spawn(self) -> tuple[Pipes, asyncio.subprocess.Process]:
        # Pipes of our own: asyncio's would keep `wait` from returning while a grandchild holds one.
        pipes = await Pipes.open()
        stdin, stdout, stderr = pipes.child
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=stdin, stdout=stdout, stderr=stderr, env=environment(), start_new_session=True
            )
        except BaseException:
            pipes.close()
            raise
        finally:
            pipes.close_child()
        return pipes, process

    async def ready(self, stall_s: float) -> RunnerClient:
        """The client of the loaded runner.

        Raises `LoadFailed` with the engine's words when the child ends first, or after `stall_s` seconds (if above 0)
        in which the engine wrote nothing.
        """
        while True:
            if self.state is RunnerState.READY and self.client is not None:
                return self.client
            if self.exited.is_set():
                raise LoadFailed(self._failure())
            self._heard.clear()
            try:
                async with asyncio.timeout(stall_s if stall_s > 0 else None):
                    await self._heard.wait()
            except TimeoutError:
                reason = self._reason()
                text = "timed out waiting for the model runner to start"
                raise LoadFailed(f"{text} - {reason}" if reason else text) from None

    async def stop(self, grace_s: float) -> None:
        """Ask the child to end, kill it after `grace_s` seconds, and return when it has ended."""
        if self.state not in {RunnerState.STOPPING, RunnerState.EXITED}:
            self._go(RunnerState.STOPPING)
        while not self.exited.is_set():
            if self.pid:
                signal_group(self.pid, signal.SIGTERM if grace_s > 0 else signal.SIGKILL)
            try:
                async with asyncio.timeout(max(grace_s, 1.0)):
                    await self.exited.wait()
            except TimeoutError:
                grace_s = 0.0

    async def _supervise(self, process: asyncio.subprocess.Process, pipes: Pipes) -> None:
        async with asyncio.TaskGroup() as group:
            reading = (
                group.create_task(self._read_log(pipes.stderr)),
                group.create_task(self._read_states(pipes.stdout)),
            )
            loading = group.create_task(self._load(pipes))
            await process.wait()
            signal_group(process.pid, signal.SIGKILL)  # grandchildren, which would keep the pipes open
            loading.cancel()
            await asyncio.wait(reading, timeout=_LAST_WORDS_S)
            for task in reading:
                task.cancel()

    async def _load(self, pipes: Pipes) -> None:
        order = RunnerOrder(spec=self.spec, socket=str(self._socket), key=self._key, parent=os.getpid())
        pipes.write(msgspec.json.encode(order) + b"\n")
        if self.state is RunnerState.STARTING:
            self._go(RunnerState.LOADING)
        self.client = RunnerClient(str(self._socket), self._key)
        while not (self._socket.exists() and await self.client.healthy()):  # noqa: ASYNC110 # another process' state
            await asyncio.sleep(_PROBE_INTERVAL_S)
        if self.state is RunnerState.LOADING:
            self.progress = 1.0
            self._go(RunnerState.READY)

    async def _read_log(self, stream: asyncio.StreamReader) -> None:
        async for line in _lines(stream):
            self.log.add(line)
            self._heard.set()

    async def _read_states(self, stream: asyncio.StreamReader) -> None:
        async for line in _lines(stream):
            if line.startswith(_STATE_PREFIX) and self.state is RunnerState.LOADING:
                self.progress = _progress(line[len(_STATE_PREFIX) :], self.progress)
                self._heard.set()
                self._changed()

    def _failure(self) -> str:
        code = self.returncode
        status = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
        return self._reason() or f"the model runner ended with {status} while loading"

    def _reason(self) -> str:
        """The engine's reason, without paths: it goes to clients."""
        return _PATH.sub("its file", self.log.error_text())

    def _go(self, state: RunnerState) -> None:
        self.state = check(self.state, state)
        self._heard.set()
        self._changed()

    def _end(self, returncode: int | None) -> None:
        self.returncode = returncode
        self.exited.set()
        self._go(RunnerState.EXITED)


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Lines of a pipe. A line longer than the reader's buffer is dropped, so that a child cannot stop us reading."""
    while True:
        try:
            line = await stream.readline()
        except ValueError:
            continue
        if not line:
            return
        yield line


def _progress(payload: bytes, known: float) -> float:
    try:
        value = orjson.loads(payload)["payload"]["value"]
        return min(max(float(value), known), 1.0)
    except (ValueError, KeyError, TypeError):  # an undocumented line: no progress is better than no model
        return known


def environment() -> dict[str, str]:
    """What a runner may see of ours."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _ENVIRONMENT or name.startswith(_ENVIRONMENT_PREFIXES)
    }


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal a child that leads a group of its own, and its children; one that is gone is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # the latter for zombies on macOS
        os.killpg(pid, number)
