"""Trials of the actions in `tui.actions.chat`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.actions.trials import tries
from tests.tui.opened import press, shown, until, write
from tests.tui.scripted import chunk, final

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp


@tries("pane.chat")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f2", "c")
    assert app.panes.chat.prompt.has_focus
    await press(pilot, "f3", "f5")
    assert app.panes.chat.prompt.has_focus


@tries("chat.stop")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    backend.reply(chunk("half a"))
    await write(pilot, "hi")
    await until(pilot, lambda: "half a" in shown(app))
    await press(pilot, "ctrl+c")
    await until(pilot, lambda: not app.turns.running)
    assert "■ stopped" in shown(app)
    assert len(backend.asked("sessions.cancel")) == 1


@tries("chat.new")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    backend.reply(chunk("hello"), final())
    await write(pilot, "hi")
    await until(pilot, lambda: not app.turns.running)
    await press(pilot, "ctrl+n")
    assert app.workspace.chat.is_blank
    assert "ready for your first message" in shown(app)


@tries("app.back")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "escape")
    assert app.panes.chat.transcript.has_focus
    await press(pilot, "escape")
    assert app.panes.chat.prompt.has_focus
    await write(pilot, "hi")
    assert app.turns.running
    await press(pilot, "escape")
    await until(pilot, lambda: not app.turns.running)
