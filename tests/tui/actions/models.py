"""Trials of the actions in `tui.actions.models`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.wire.workstation import EvictionView, LoadRequest
from tests.tui.actions.trials import on_workbench, tries
from tests.tui.opened import press, shown, until
from tests.tui.scripted import runner
from tests.tui.scripted_monitor import estimate
from tui.screens.confirm import Confirm
from tui.screens.get_model import GetModel
from tui.screens.model_info import ModelInfo
from tui.screens.planner import Planner

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp


@tries("models.use")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f2", "down", "enter")
    assert app.workspace.model == "gemma3:270m"
    assert app.panes.chat.prompt.has_focus


@tries("models.load")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    app.workspace.parameters.set("num_ctx", "2048")
    backend.monitor.estimated = estimate(evicts=[EvictionView(runner="r", model="gemma3:270m", busy=False)])
    await press(pilot, "f2", "l")
    assert "Unloads gemma3:270m." in shown(app)
    await press(pilot, "escape")
    backend.monitor.estimated = estimate()
    await press(pilot, "l")
    assert backend.asked("load") == [("smollm2:135m", {"num_ctx": 2048}, None)]
    assert app.panes.status.said == "smollm2:135m is loaded"


@tries("models.plan")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    backend.monitor.loaded = runner("smollm2:135m")
    await press(pilot, "f2", "P")
    assert isinstance(app.screen, Planner)
    assert "4,096" in shown(app)
    assert "Fits; nothing is unloaded." in shown(app)
    await press(pilot, "right")
    assert "8,192" in shown(app)
    await press(pilot, "down", "right", "enter")
    (asked,) = backend.asked("planned load")
    assert isinstance(asked, LoadRequest)
    assert (asked.model, asked.options, asked.kv_cache_type) == ("smollm2:135m", {"num_ctx": 8192}, "q8_0")
    assert app.workspace.parameters.own == {"num_ctx": 8192}
    await press(pilot, "f2", "P", "escape")
    assert on_workbench(app)


@tries("models.unload")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f2", "u")
    assert app.panes.status.said == "smollm2:135m is not loaded"
    backend.tell(runners=[runner("smollm2:135m")])
    await until(pilot, lambda: bool(app.workspace.runners))
    await press(pilot, "u")
    assert backend.asked("unload") == ["smollm2:135m"]


@tries("models.info")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f2", "i")
    assert isinstance(app.screen, ModelInfo)
    assert "8,192" in shown(app)
    await press(pilot, "escape")
    assert on_workbench(app)


@tries("models.delete")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f2", "d")
    assert isinstance(app.screen, Confirm)
    await press(pilot, "enter")
    assert backend.asked("delete") == []
    await press(pilot, "delete", "y")
    assert backend.asked("delete") == ["smollm2:135m"]
    assert app.workspace.model == "gemma3:270m"


@tries("models.get")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    for keys in (("f6",), ("f2", "g")):
        await press(pilot, *keys)
        assert isinstance(app.screen, GetModel)
        await press(pilot, "escape")
