"""Trials of the actions in `tui.actions.running`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.wire.workstation import EndedView
from tests.tui.actions.trials import on_workbench, tries
from tests.tui.opened import press, settle, shown, until
from tests.tui.scripted import request, runner
from tui.screens.engine_log import EngineLog

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
    assert backend.asked("unload runner") == ["r-smollm2:135m"]
    assert app.panes.status.said == "smollm2:135m is unloaded"


@tries("running.unload_all")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f3", "U")
    assert app.panes.status.said == "no model is loaded"
    backend.tell(runners=[runner("smollm2:135m", active=1), runner("gemma3:270m")])
    await until(pilot, lambda: bool(app.workspace.runners))
    await press(pilot, "U")
    assert backend.asked("unload all") == [None]
    assert app.panes.status.said == "all models unload when their replies end"


@tries("running.keep")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    backend.tell(runners=[runner("smollm2:135m")])
    await until(pilot, lambda: bool(app.workspace.runners))
    await press(pilot, "f3", "k")
    assert app.panes.status.said == "smollm2:135m stays loaded"
    backend.tell(runners=[runner("smollm2:135m", pinned=True, expires_in=None)])
    await until(pilot, lambda: app.workspace.runners[0].pinned)
    await settle(pilot)
    assert "kept" in shown(app)
    await press(pilot, "k")
    assert backend.asked("keep") == [("r-smollm2:135m", -1), ("r-smollm2:135m", "5m")]


@tries("running.log")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    backend.monitor.logs["x1"] = ["0.01 I load_tensors: begins", "0.02 E error loading model: no tensor"]
    backend.tell(ended=[EndedView(id="x1", model="gemma3:270m", reason="error loading model: no tensor", ago=65.0)])
    await until(pilot, lambda: bool(app.workspace.ended))
    await press(pilot, "f3")
    assert "failed 1:05 ago" in shown(app)
    await press(pilot, "l")
    assert isinstance(app.screen, EngineLog)
    assert "I load_tensors: begins" in shown(app)
    assert "this engine has ended" in shown(app)
    await press(pilot, "escape")
    assert on_workbench(app)
