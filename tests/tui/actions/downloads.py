"""Trials of the actions in `tui.actions.downloads`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.actions.trials import on_workbench, tries
from tests.tui.opened import press, shown, until
from tests.tui.scripted_downloads import download
from tui.screens.confirm import Confirm
from tui.screens.downloads import Downloads
from tui.screens.get_model import GetModel

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp


async def queued(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    """Three downloads on the screen: one runs, one waits, one has failed."""
    backend.downloads.put(
        download("one", state="running", total=3_300_000_000, completed=2_046_000_000, rate=12e6, left=104.0),
        download("two"),
        download("three", state="failed", reason="file does not exist"),
    )
    await until(pilot, lambda: len(app.workspace.downloads) == 3)
    await press(pilot, "ctrl+l")


@tries("downloads.open")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "ctrl+l")
    assert "Nothing is being downloaded." in shown(app)
    await press(pilot, "escape")
    assert on_workbench(app)
    await queued(app, pilot, backend)
    assert isinstance(app.screen, Downloads)
    assert "62 % · 2.0 GB of 3.3 GB" in shown(app)
    assert "12 MB/s · 1:44 left" in shown(app)
    assert "✗ three" in shown(app)
    assert "failed: file does not exist" in shown(app)


@tries("downloads.pause")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await queued(app, pilot, backend)
    await press(pilot, "space")
    await until(pilot, lambda: "= one" in shown(app))
    await press(pilot, "space", "down", "down", "space")
    assert backend.asked("downloads.pause") == ["d-one"]
    assert backend.asked("downloads.resume") == ["d-one"]
    assert app.panes.status.said == "three:latest has failed; r tries it again"


@tries("downloads.up")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await queued(app, pilot, backend)
    await press(pilot, "down", "u")
    await until(pilot, lambda: app.workspace.downloads[0].id == "d-two")
    await press(pilot, "shift+up")
    assert backend.asked("downloads.move") == [("d-two", 0), ("d-two", 0)]


@tries("downloads.down")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await queued(app, pilot, backend)
    await press(pilot, "d")
    await until(pilot, lambda: app.workspace.downloads[1].id == "d-one")
    await press(pilot, "shift+down")
    await until(pilot, lambda: app.workspace.downloads[2].id == "d-one")


@tries("downloads.retry")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await queued(app, pilot, backend)
    await press(pilot, "r")
    assert app.panes.status.said == "one:latest is running; only what failed or stalled is tried again"
    await press(pilot, "down", "down", "r")
    assert backend.asked("downloads.resume") == ["d-three"]


@tries("downloads.cancel")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await queued(app, pilot, backend)
    await press(pilot, "x")
    assert isinstance(app.screen, Confirm)
    assert "The 2.0 GB that are here go too." in shown(app)
    await press(pilot, "y")
    await until(pilot, lambda: len(app.workspace.downloads) == 2)
    await press(pilot, "delete")
    assert backend.asked("downloads.cancel") == ["d-one", "d-two"]


@tries("downloads.use")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await queued(app, pilot, backend)
    await press(pilot, "enter")
    assert app.panes.status.said == "the model is not here yet"
    backend.downloads.set("d-one", state="done", model="gemma3:270m")
    await until(pilot, lambda: "✓ gemma3:270m" in shown(app))
    await press(pilot, "enter")
    assert on_workbench(app)
    assert app.workspace.model == "gemma3:270m"


@tries("downloads.add")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    for key in ("a", "g"):
        await press(pilot, "ctrl+l", key)
        assert isinstance(app.screen, GetModel)
        await press(pilot, "escape", "escape")
        assert on_workbench(app)
