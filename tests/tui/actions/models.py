"""Trials of the actions in `tui.actions.models`."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from backend.errors import BadRequest
from backend.wire.ollama import CreateRequest
from backend.wire.workstation import EvictionView, LoadRequest
from tests.tui.actions.trials import on_workbench, tries
from tests.tui.opened import press, shown, until
from tests.tui.scripted import runner
from tests.tui.scripted_downloads import download
from tests.tui.scripted_monitor import estimate
from tui.screens.confirm import Confirm
from tui.screens.create_model import CreateModel
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


@tries("models.filter")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f2", "slash", *"gem")
    assert app.panes.models.chosen == "gemma3:270m"
    assert "Models 1 of 2" in shown(app)
    assert "smollm2:135m" not in shown(app).split("Chat")[0]
    await press(pilot, "down", "i")
    assert isinstance(app.screen, ModelInfo)
    await press(pilot, "escape", "slash", "x")
    assert "No model fits." in shown(app)
    await press(pilot, "enter", "l")
    assert app.panes.status.said == "no model fits the filter"
    await press(pilot, "escape")
    assert len(app.panes.models.rows.options) == 2
    await press(pilot, "escape")
    assert app.panes.chat.prompt.has_focus


@tries("models.keep")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    app.workspace.parameters.set("num_ctx", "2048")
    await press(pilot, "f2", "k")
    assert backend.asked("load") == [("smollm2:135m", {"num_ctx": 2048}, -1.0)]
    assert app.panes.status.said == "smollm2:135m is loaded and stays loaded"
    backend.tell(runners=[runner("smollm2:135m", pinned=True)])
    await until(pilot, lambda: "◆" in shown(app))
    await press(pilot, "k")
    assert backend.asked("keep") == [("r-smollm2:135m", "5m")]
    assert app.panes.status.said == "smollm2:135m unloads after 5m without use"


@tries("models.copy")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f2", "C", "enter")
    assert "Type a name, then press Enter." in shown(app)
    await press(pilot, *"gemma3:270m", "enter")
    assert "There is a model gemma3:270m already" in shown(app)
    backend.refuse = BadRequest("[destination] is invalid\x1b[2J")
    await press(pilot, "x", "enter")
    assert "[destination] is invalid[2J" in shown(app)
    backend.refuse = None
    await press(pilot, "enter")
    assert backend.asked("copy")[-1] == ("smollm2:135m", "gemma3:270mx")
    assert on_workbench(app)
    assert "gemma3:270mx" in shown(app)


@tries("models.edit")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    backend.shown.modelfile = "FROM /a/blob\nPARAMETER stop <end>\nSYSTEM Be brief."
    await press(pilot, "f2", "e")
    assert isinstance(app.screen, CreateModel)
    assert "FROM smollm2:135m" in shown(app)
    app.writing.suspend = nullcontext
    app.writing.editor = "sed -i s/brief/long/"
    await press(pilot, "alt+e", "enter")
    assert "Type a name for the new model" in shown(app)
    await press(pilot, *"mine", "enter")
    await until(pilot, lambda: on_workbench(app))
    (request,) = backend.asked("create")
    assert isinstance(request, CreateRequest)
    assert (request.model, request.from_, request.system) == ("mine", "smollm2:135m", "Be long.")
    assert request.parameters == {"stop": ["<end>"]}
    assert app.panes.status.said == "mine is made"


@tries("models.update")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f2", "U")
    backend.downloads.put(download("pip://gemma", model="gemma3:270m", state="done"))
    await until(pilot, lambda: app.workspace.downloads[0].state == "done")
    await press(pilot, "down", "U")
    assert backend.asked("downloads.add") == ["smollm2:135m", "pip://gemma"]
    assert app.panes.status.said == "looking for a newer gemma3:270m; Ctrl+L shows how far"
