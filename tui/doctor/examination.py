"""The whole examination: terminal, machine, engine, backend, files."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import threading
from typing import TYPE_CHECKING

from tui.doctor.finding import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend.settings import Settings
    from tui.terminal.probe import Answers

_DEADLINE_S = 10.0


async def examine(settings: Settings, settings_error: str = "", answers: Answers | None = None) -> list[Finding]:
    """Every finding, in the order in which one reads them. Takes a second or two; starts and changes nothing.

    `answers` are the terminal's, from who could ask it.
    """
    from tui.doctor.answers import examine_answers
    from tui.doctor.backend import examine_backend
    from tui.doctor.files import examine_files
    from tui.doctor.machine import examine_machine
    from tui.doctor.terminal import examine_terminal
    from tui.terminal.probe import ask_multiplexer

    # While the app runs, `sys.stdout` is Textual's own.
    encoding = sys.__stdout__.encoding if sys.__stdout__ is not None else "utf-8"
    size = shutil.get_terminal_size()
    found = examine_terminal(os.environ, encoding, (size.columns, size.lines))
    around = await asyncio.to_thread(ask_multiplexer, os.environ)
    found += examine_answers(os.environ, answers, around)
    engine, backend = await asyncio.gather(_with_deadline(_engine), examine_backend(settings))
    late = Finding("Engine", "GPU", Level.PROBLEM, "the GPU's driver does not answer", "Restart the machine.")
    found += examine_machine(settings.models) + (engine or [late])
    return found + backend + examine_files(settings, settings_error)


def _engine() -> list[Finding]:
    from tui.doctor.engine import examine_engine, find_wheel
    from tui.doctor.gpus import find_gpus

    return examine_engine(find_wheel(), find_gpus())


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
