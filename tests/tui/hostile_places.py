"""Every place that shows text from outside: one line each, so that a new one is one line more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.opened import settle
from tests.tui.scripted_sessions import chunk, failed, final
from tui.connection import Link, LinkChanged
from tui.doctor.finding import Finding, Level
from tui.screens.confirm import Confirm
from tui.screens.connections import Connections
from tui.screens.doctor import Doctor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from tests.tui.hostile import Hostile
    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp

    Show = Callable[[PunaApp, Pilot[None], ScriptedBackend, Hostile], Awaitable[None]]

# From the workbench, with a backend that knows nothing but hostile texts.
KEYS: dict[str, tuple[str, ...]] = {
    "chat": (),
    "models": ("f2",),
    "about a model": ("f2", "i"),
    "deleting a model": ("f2", "d"),
    "planning a load": ("f2", "w"),
    "running": ("f3",),
    "engine log": ("f3", "l"),
    "devices": ("f10",),
    "parameters": ("f4",),
    "a parameter": ("f4", "enter"),
    "getting a model": ("f6",),
    "chats": ("f7",),
    "renaming a chat": ("f7", "f2"),
    "deleting a chat": ("f7", "delete"),
    "searching all chats": ("ctrl+r", "e"),
    "downloads": ("ctrl+l",),
    "tokens": ("ctrl+t",),
    "comparing": ("ctrl+o",),
    "what was written": ("alt+r",),
    "help": ("f1",),
    "palette": ("ctrl+p",),
    "themes": ("f8",),
    "completions": ("/", "s"),
    "one message of the chat": ("escape", "[", "[", "z"),
}


async def _said(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend, hostile: Hostile) -> None:
    app.say(hostile.text(), error=hostile.chance())


async def _link_lost(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend, hostile: Hostile) -> None:
    app.post_message(LinkChanged(Link.LOST, hostile.text()))
    await settle(pilot)
    app.post_message(LinkChanged(Link.UP))


async def _link_failed(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend, hostile: Hostile) -> None:
    app.chats.new()
    app.post_message(LinkChanged(Link.FAILED, hostile.text()))
    await settle(pilot)
    app.workspace.link = Link.UP


async def _reply(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend, hostile: Hostile) -> None:
    app.chats.new()
    pieces = [chunk(hostile.wire(), thinking=hostile.wire()) for _ in range(6)]
    backend.reply(*pieces, failed(hostile.wire()) if hostile.chance() else final())
    app.turns.send(hostile.wire())


async def _pasted(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend, hostile: Hostile) -> None:
    app.panes.chat.prompt.put(hostile.text())


async def _question(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend, hostile: Hostile) -> None:
    app.push_screen(Confirm("Sure?", hostile.text()))


async def _doctor(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend, hostile: Hostile) -> None:
    async def examine() -> list[Finding]:
        levels = list(Level)
        return [Finding(hostile.text(), hostile.text(), level, hostile.text(), hostile.text()) for level in levels]

    app.push_screen(Doctor(examine))


async def _backends(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend, hostile: Hostile) -> None:
    async def test(name: str) -> str:
        return hostile.text()

    name = hostile.text()
    app.push_screen(Connections(app.connections.saved, name, name, test))
    await settle(pilot)
    await pilot.press("t")


SHOWN: dict[str, Show] = {
    "the status line": _said,
    "a lost line": _link_lost,
    "no backend": _link_failed,
    "a reply": _reply,
    "a pasted text": _pasted,
    "a question": _question,
    "the doctor": _doctor,
    "backends": _backends,
}
