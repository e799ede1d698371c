"""Runners as children of this process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psutil

from backend.engine.base import EngineEvent, NodeInfo, RunnerExited, RunnerHandle, RunnerProgressed
from backend.engine.devices import Memory, find
from backend.engine_choice import EngineName
from backend.errors import LoadFailed
from backend.runner.commands import commands, every
from backend.runner.process import RunnerProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from types import TracebackType

    from backend.runner.log import LogRing
    from backend.runner.spec import RunnerSpec

NODE = "local"
_REMEMBERED = 16  # logs of runners that have ended


class LocalEngine:
    """`async with LocalEngine(stall_s) as engine: …`; leaving ends every runner.

    `stall_s` is the longest silence of an engine while it loads, 0 for any. `command` starts a runner of any
    engine; tests give the fake one. Without it every engine has its own; `server` is the user's llama-server.
    """

    def __init__(self, stall_s: float, command: Sequence[str] = (), server: Path | None = None) -> None:
        self._stall_s = stall_s
        self._commands = every(command) if command else commands(server)
        self._placed = EngineName.LLAMA_CPP if server is None else EngineName.LLAMA_SERVER
        self._runners: dict[str, RunnerProcess] = {}
        self._last_words: dict[str, LogRing] = {}  # of runners that have ended, oldest first
        self._lives: set[asyncio.Task[None]] = set()
        self._events: asyncio.Queue[EngineEvent] = asyncio.Queue()
        self._finding: asyncio.Task[Memory] | None = None
        self.folder = Path()

    async def __aenter__(self) -> Self:
        _remove_orphaned_folders()
        # Short on purpose: the path of a unix socket is limited to about 100 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix=f"puna-{os.getpid()}-"))
        self._finding = asyncio.create_task(self._find_devices(), name="find devices")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._finding is not None:
            self._finding.cancel()
            await asyncio.wait((self._finding,))
        await asyncio.gather(*(runner.stop(0) for runner in self._runners.values()))
        await asyncio.gather(*self._lives)
        shutil.rmtree(self.folder, ignore_errors=True)

    async def nodes(self) -> Sequence[NodeInfo]:
        if self._finding is None:
            raise RuntimeError("the engine is used outside its `async with`")
        accelerators = await asyncio.shield(self._finding)
        taken = (runner.log.memory for runner in self._runners.values())
        used = sum(use.vram for use in taken if use is not None)
        memory = psutil.virtual_memory()
        return (NodeInfo(NODE, memory.total, memory.available, accelerators.devices(used), self._placed),)

    async def _find_devices(self) -> Memory:
        return Memory(await find(self._commands[self._placed]))

    async def launch(self, spec: RunnerSpec) -> RunnerHandle:
        command = self._commands.get(spec.engine)
        if command is None:
            raise LoadFailed(f'the engine "{spec.engine}" is not installed')
        runner = RunnerProcess(spec, self.folder, command, lambda: self._progressed(spec.id))
        self._runners[spec.id] = runner
        life = asyncio.create_task(self._live(runner), name=f"runner {spec.id}")
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)
        try:
            client = await runner.ready(self._stall_s)
        except BaseException:
            await asyncio.shield(runner.stop(0))
            raise
        return RunnerHandle(id=spec.id, node=NODE, pid=runner.pid, client=client, log=runner.log)

    async def stop(self, runner: str, grace_s: float) -> None:
        if found := self._runners.get(runner):
            await found.stop(grace_s)

    async def events(self) -> AsyncIterator[EngineEvent]:
        while True:
            yield await self._events.get()

    def log(self, runner: str) -> LogRing | None:
        found = self._runners.get(runner)
        return found.log if found else self._last_words.get(runner)

    async def _live(self, runner: RunnerProcess) -> None:
        try:
            await runner.run()
        finally:
            del self._runners[runner.spec.id]
            runner.log.shorten()
            self._last_words[runner.spec.id] = runner.log
            if len(self._last_words) > _REMEMBERED:
                del self._last_words[next(iter(self._last_words))]
            self._events.put_nowait(RunnerExited(runner.spec.id, runner.log.error_text()))

    def _progressed(self, runner: str) -> None:
        if found := self._runners.get(runner):
            self._events.put_nowait(RunnerProgressed(runner, found.progress))


def _remove_orphaned_folders() -> None:
    """Remove the socket folders of backends that were killed. Other users' folders are none of ours."""
    for folder in Path(tempfile.gettempdir()).glob("puna-*-*"):
        owner = folder.name.split("-")[1]
        # Another backend may clean up too, and a folder may be named by anybody, after no possible process.
        with contextlib.suppress(FileNotFoundError, OverflowError, ValueError):
            if folder.lstat().st_uid == os.getuid() and not psutil.pid_exists(int(owner)):
                shutil.rmtree(folder, ignore_errors=True)
