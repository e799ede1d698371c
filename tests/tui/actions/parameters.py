"""Trials of the actions in `tui.actions.parameters`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.actions.trials import tries
from tests.tui.opened import press, shown, until, write
from tests.tui.scripted import chunk, final
from tui.screens.edit_parameter import EditParameter

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp


@tries("parameters.edit")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f4", "e")
    assert isinstance(app.screen, EditParameter)
    await press(pilot, "9")
    assert "must be a number from 0 to 5" in shown(app)
    await press(pilot, "enter")
    assert isinstance(app.screen, EditParameter)
    await press(pilot, "backspace", "0", ".", "3", "enter")
    assert app.workspace.parameters.own == {"temperature": 0.3}
    backend.reply(chunk("ok"), final())
    await press(pilot, "f5")
    await write(pilot, "hi")
    await until(pilot, lambda: not app.turns.running)
    assert [asked.options for asked in backend.asked("sessions.create")] == [{"temperature": 0.3}]  # type: ignore[attr-defined]


@tries("parameters.reset")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f4", "backspace")
    assert app.panes.status.said == "temperature is not changed"
    app.workspace.parameters.set("temperature", "1.5")
    await press(pilot, "delete")
    assert app.workspace.parameters.own == {}
    assert app.panes.status.said == "temperature is 0.8 again"
