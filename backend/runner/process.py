"""The life of one runner process, as its parent sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from typing import TYPE_CHECKING

import msgspec
import orjson

from backend.errors import LoadFailed
from backend.runner.log import LogRing
from backend.runner.spec import RunnerOrder, RunnerSpec
from backend.runner.state import RunnerState, check
from backend.runner.stream import RunnerClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

LLAMA_COMMAND = (sys.executable, "-P", "-m", "backend.runner.llama")
_PROBE_INTERVAL_S = 0.02
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
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=_environment(),
                start_new_session=True,
                limit=1 << 20,
            )
        except OSError as error:
            self.log.add(f"0 E cannot start the runner: {error}".encode())
            self._end(None)
            return
        self.pid = process.pid
        try:
            await self._supervise(process)
        finally:
            self._socket.unlink(missing_ok=True)
            if self.client is not None:
                await self.client.close()
            self._end(process.returncode)

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
                reason = self.log.error_text()
                text = "timed out waiting for the model runner to start"
                raise LoadFailed(f"{text} - {reason}" if reason else text) from None

    async def stop(self, grace_s: float) -> None:
        """Ask the child to end, kill it after `grace_s` seconds, and return when it has ended."""
        if self.state not in {RunnerState.STOPPING, RunnerState.EXITED}:
            self._go(RunnerState.STOPPING)
        while not self.exited.is_set():
            if self.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.pid, signal.SIGTERM if grace_s > 0 else signal.SIGKILL)
            try:
                async with asyncio.timeout(max(grace_s, 1.0)):
                    await self.exited.wait()
            except TimeoutError:
                grace_s = 0.0

    async def _supervise(self, process: asyncio.subprocess.Process) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read_log(process.stderr))
            group.create_task(self._read_states(process.stdout))
            loading = group.create_task(self._load(process))
            await process.wait()
            _kill_group(process.pid)  # a grandchild would keep the pipes open
            loading.cancel()

    async def _load(self, process: asyncio.subprocess.Process) -> None:
        order = RunnerOrder(spec=self.spec, socket=str(self._socket), key=self._key)
        if process.stdin is not None:
            with contextlib.suppress(ConnectionError):  # the child ended; `run` reports it
                process.stdin.write(msgspec.json.encode(order) + b"\n")
                await process.stdin.drain()
        if self.state is RunnerState.STARTING:
            self._go(RunnerState.LOADING)
        self.client = RunnerClient(str(self._socket), self._key)
        while not (self._socket.exists() and await self.client.healthy()):  # noqa: ASYNC110 # another process' state
            await asyncio.sleep(_PROBE_INTERVAL_S)
        if self.state is RunnerState.LOADING:
            self.progress = 1.0
            self._go(RunnerState.READY)

    async def _read_log(self, stream: asyncio.StreamReader | None) -> None:
        async for line in _lines(stream):
            self.log.add(line)
            self._heard.set()

    async def _read_states(self, stream: asyncio.StreamReader | None) -> None:
        async for line in _lines(stream):
            if line.startswith(_STATE_PREFIX) and self.state is RunnerState.LOADING:
                self.progress = _progress(line[len(_STATE_PREFIX) :], self.progress)
                self._heard.set()
                self._changed()

    def _failure(self) -> str:
        code = self.returncode
        status = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
        reason = self.log.error_text().replace(self.spec.model, "its file")
        return reason or f"the model runner ended with {status} while loading"

    def _go(self, state: RunnerState) -> None:
        self.state = check(self.state, state)
        self._heard.set()
        self._changed()

    def _end(self, returncode: int | None) -> None:
        self.returncode = returncode
        self.exited.set()
        self._go(RunnerState.EXITED)


async def _lines(stream: asyncio.StreamReader | None) -> AsyncIterator[bytes]:
    """Lines of a pipe. A line longer than the pipe's buffer is dropped, so that a child cannot stop us reading."""
    while stream is not None:
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


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in _ENVIRONMENT or name.startswith(_ENVIRONMENT_PREFIXES)
    }


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
