"""Opening the app in a test, and waiting for it without sleeping."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from backend.settings import Settings
from tui.app import PunaApp
from tui.doctor.finding import Finding, Level

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend

WIDE, NARROW = (120, 40), (80, 24)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
_DEADLINE_S = 20.0
# These end when the test says so, so nobody waits for them.
_LONG = frozenset({"connection", "turn", "fetch"})


def make(backend: ScriptedBackend, theme: str = "puna-dark") -> PunaApp:
    """The app against a scripted backend, with a clock that stands still."""
    return PunaApp(
        Settings(theme=theme),
        backend.connect,
        now=lambda: 1000.0,
        wall_clock=lambda: NOON,
        host="gpu-box-a",
        examine=scripted_examination,
    )


async def scripted_examination(settings: Settings) -> list[Finding]:
    """What a doctor could find, without a look at this machine."""
    todo = "python -m pip install an-engine --index-url https://example.invalid/cu128"
    return [
        Finding("Terminal", "kind", Level.OK, "xterm-256color, in tmux, over SSH"),
        Finding("Engine", "GPU", Level.OK, "NVIDIA H200; driver 580.65, CUDA up to 13.0"),
        Finding("Engine", "llama.cpp", Level.ADVICE, "a scripted engine, built for CPU", f"for CUDA 12.8: {todo}"),
        Finding("Backend", "port", Level.PROBLEM, "port 11434 is held by ollama", "Stop it."),
    ]


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let the app work until `condition` holds; a test that waits in vain fails."""
    async with asyncio.timeout(_DEADLINE_S):
        while not condition():
            await pilot.pause()


async def settle(pilot: Pilot[None]) -> None:
    """Let messages and short workers come to an end."""
    await pilot.pause()
    while working := [worker for worker in pilot.app.workers if worker.group not in _LONG and not worker.is_finished]:
        await pilot.app.workers.wait_for_complete(working)
        await pilot.pause()
    await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys and let the app react."""
    await pilot.press(*keys)
    await settle(pilot)


async def write(pilot: Pilot[None], text: str) -> None:
    """Type a message and send it."""
    for character in text:
        await pilot.press("space" if character == " " else character)
    await press(pilot, "enter")


@asynccontextmanager
async def opened(backend: ScriptedBackend, size: tuple[int, int] = WIDE) -> AsyncIterator[tuple[PunaApp, Pilot[None]]]:
    """The app, connected, with the store's list read."""
    app = make(backend)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.workspace.models_known and app.chats.known)
        await settle(pilot)
        yield app, pilot
        app.connection.restart()  # ends the wait for events, so that the worker is not cancelled in the middle


def said(app: PunaApp) -> list[str]:
    """The texts of the branch that is shown, as the app knows them."""
    return [message.content for message in app.workspace.chat.conversation.branch()]


def shown(app: PunaApp) -> str:
    """The text of the screen as the compositor has it, row by row."""
    return "\n".join(
        "".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips(app.size)
    )
