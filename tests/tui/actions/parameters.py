"""Trials of the actions in `tui.actions.parameters`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.actions.trials import on_workbench, tries
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


@tries("parameters.more")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f4", "plus", "right")
    assert app.workspace.parameters.own == {"temperature": 1.0}
    assert app.panes.status.said == "temperature is 1.0; the next message uses it"
    app.workspace.parameters.set("temperature", "5")
    await press(pilot, "plus")
    assert app.workspace.parameters.own == {"temperature": 5.0}


@tries("parameters.less")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f4", "slash", *"num_ctx", "enter", "minus")
    assert app.workspace.parameters.own == {"num_ctx": 3072}
    assert app.panes.status.said == "num_ctx is 3072; the model loads again with the next message"
    await press(pilot, "slash", "escape", "slash", *"stop", "enter", "minus")
    assert app.panes.status.said == "stop has no steps; Enter changes it"


@tries("parameters.filter")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f4", "slash", *"penal")
    pane = app.panes.parameters
    assert "repeat_penalty" in shown(app)
    assert "temperature" not in shown(app)
    await press(pilot, "down", "down")
    assert pane.chosen == "presence_penalty"
    await press(pilot, "slash", "escape")
    assert "temperature" in shown(app)
    assert pane.rows.has_focus


@tries("parameters.save")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f4", "n")
    assert app.panes.status.said == "nothing is changed: there is nothing to save"
    await press(pilot, "plus", "n", "exclamation_mark", "enter")
    assert "a preset's name has" in shown(app)
    await press(pilot, "backspace", *"warm", "enter")
    assert on_workbench(app)
    assert app.parameters.presets.all() == {"warm": {"temperature": 0.9}}
    assert app.panes.status.said == "the preset warm is kept"


@tries("parameters.presets")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f4", "l")
    assert app.panes.status.said.startswith("there is no preset yet")
    app.parameters.presets.save("cold", {"temperature": 0.1})
    app.parameters.presets.save("warm", {"temperature": 1.5, "top_k": 7})
    await press(pilot, "l", "down", "enter")
    assert app.workspace.parameters.own == {"temperature": 1.5, "top_k": 7}
    assert "Of the preset warm" in shown(app)
    await press(pilot, "l", "r", "backspace", "enter")
    assert list(app.parameters.presets.all()) == ["col", "warm"]
    await press(pilot, "down", "d", "y")
    assert list(app.parameters.presets.all()) == ["col"]
    await press(pilot, "d", "y")
    assert on_workbench(app)
