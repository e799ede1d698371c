"""Trials of the actions in `tui.actions.puna`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.actions.trials import on_workbench, tries
from tests.tui.opened import press, shown, until
from tests.tui.scripted import END
from tui.connection import Link
from tui.screens.connections import Connections
from tui.screens.doctor import Doctor
from tui.screens.help import Help
from tui.screens.palette import Palette
from tui.screens.themes import Themes

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp


@tries("app.help")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "escape", "question_mark")
    assert isinstance(app.screen, Help)
    assert "nothing to stop" in shown(app)
    await press(pilot, "escape")
    assert on_workbench(app)


@tries("app.palette")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "escape", "colon")
    assert isinstance(app.screen, Palette)
    await press(pilot, *"theme", "enter")
    assert isinstance(app.screen, Themes)


@tries("theme.choose")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f8")
    assert isinstance(app.screen, Themes)
    await press(pilot, "down")
    assert app.theme == "ichu"
    await press(pilot, "escape")
    assert app.theme == "puna-dark"
    await press(pilot, "f8", "down", "down", "enter")
    assert app.theme == "puna-ansi"
    assert app.panes.status.said.startswith("theme puna-ansi")
    assert on_workbench(app)


@tries("theme.next")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "escape")
    themes = [app.theme]
    for _ in range(7):
        await press(pilot, "t")
        themes.append(app.theme)
    assert themes[0] == themes[-1]
    assert len(set(themes)) == 7


@tries("backend.start")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f9")
    assert app.panes.status.said == "the backend is there"
    app.workspace.link = Link.LOST
    await press(pilot, "f9")
    backend.events_queue.put_nowait(END)
    await until(pilot, lambda: len(backend.asked("connect")) == 2)
    await until(pilot, lambda: app.workspace.link is Link.UP)


@tries("connections.choose")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "escape", "B")
    assert isinstance(app.screen, Connections)
    assert "where the app was started" in shown(app)
    await press(pilot, "t")
    await until(pilot, lambda: "answers" in shown(app))
    await press(pilot, "d")
    assert "it is in no file" in shown(app)
    await press(pilot, "enter")
    await until(pilot, lambda: app.workspace.models_known and app.workspace.link is Link.UP)
    assert on_workbench(app)


@tries("app.doctor")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "escape", "exclamation_mark")
    assert isinstance(app.screen, Doctor)
    await until(pilot, lambda: "scripted" in shown(app))
    await press(pilot, "escape")
    assert on_workbench(app)


@tries("app.quit")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "x", "ctrl+d")
    assert app.is_running
    await press(pilot, "backspace")
    await pilot.press("ctrl+d")
    assert app._exit


@tries("app.redraw")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    before = shown(app)
    await press(pilot, "alt+l", "escape", "R")
    assert shown(app).splitlines()[:-1] == before.splitlines()[:-1], "tests/tui/terminal shows what is written"


@tries("app.low_bandwidth")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    low = [app.pace.low]
    await press(pilot, "escape", "b")
    assert "less often" in app.panes.status.said
    low.append(app.pace.low)
    await press(pilot, "b", "b")
    assert "by itself" in app.panes.status.said
    assert [*low, app.pace.low] == [False, True, False]
