"""Trials of the actions in `tui.actions.running`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.actions.trials import tries
from tests.tui.opened import press, until
from tests.tui.scripted import request, runner

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp


@tries("running.cancel")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    backend.tell(runners=[runner("gemma3:270m")], requests=[request("gemma3:270m", id="q7")])
    await until(pilot, lambda: bool(app.workspace.requests))
    await press(pilot, "f3", "x")
    assert app.panes.status.said == "no request is selected"
    await press(pilot, "down", "x")
    assert backend.asked("cancel") == ["q7"]


@tries("running.unload")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    backend.tell(runners=[runner("smollm2:135m"), runner("gemma3:270m")])
    await until(pilot, lambda: bool(app.workspace.runners))
    await press(pilot, "f3", "down", "u")
    assert backend.asked("unload") == ["smollm2:135m"]
    assert app.panes.status.said == "smollm2:135m is unloaded"
