"""The whole examination: terminal, machine, engine, backend, files."""

from __future__ import annotations

import asyncio
import os
import threading
from functools import partial
from typing import TYPE_CHECKING

from tui.doctor.finding import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from backend.settings import Settings
    from tui.doctor.terminal import Terminal

_DEADLINE_S = 10.0


async def examine(settings: Settings, terminal: Terminal, settings_error: str = "") -> list[Finding]:
    """Every finding, in the order in which one reads them. Takes a second or two; starts and changes nothing."""
    from tui.doctor.backend import examine_backend
    from tui.doctor.files import examine_files
    from tui.doctor.machine import examine_machine
    from tui.doctor.terminal import examine_terminal

    engine, own, backend = await asyncio.gather(
        _with_deadline(_engine), _llama_server(settings.llama_server), examine_backend(settings)
    )
    late = Finding("Engine", "GPU", Level.PROBLEM, "the GPU's driver does not answer", "Restart the machine.")
    found = examine_terminal(os.environ, terminal) + examine_machine(settings.models)
    return found + (engine or [late]) + own + backend + examine_files(settings, settings_error)


async def _llama_server(path: Path | None) -> list[Finding]:
    if path is None:
        return []
    from tui.doctor.llama_server import examine_llama_server, silent

    return await _with_deadline(partial(examine_llama_server, path)) or [silent(path)]


def _engine() -> list[Finding]:
    from tui.doctor.engine import examine_engine, examine_ggml, find_wheel
    from tui.doctor.gpus import find_gpus

    return [*examine_engine(find_wheel(), find_gpus()), *examine_ggml()]


async def _with_deadline(work: Callable[[], list[Finding]]) -> list[Finding]:
    """What `work` finds in a thread of its own, which is left behind if it hangs in a driver; nothing then."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    result: list[Finding] = []

    def run() -> None:
        try:
            result.extend(work())
        finally:
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=run, name="doctor", daemon=True).start()
    try:
        async with asyncio.timeout(_DEADLINE_S):
            await done.wait()
    except TimeoutError:
        return []
    return result
