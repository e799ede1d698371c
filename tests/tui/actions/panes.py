"""Trials of the actions in `tui.actions.panes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.actions.trials import tries
from tests.tui.opened import press

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp


@tries("pane.models")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f2")
    assert app.panes.models.has_focus
    await press(pilot, "m")
    assert not app.panes.models.display


@tries("pane.running")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f3")
    assert app.panes.running.has_focus
    await press(pilot, "r")
    assert not app.panes.running.display


@tries("pane.devices")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f10")
    assert app.panes.devices.has_focus
    await press(pilot, "v")
    assert not app.panes.devices.display


@tries("pane.parameters")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f4")
    assert app.panes.parameters.rows.has_focus
    await press(pilot, "p")
    assert not app.panes.parameters.display
    await press(pilot, "f4")
    assert app.panes.parameters.display
