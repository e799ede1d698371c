"""Trials of the actions in `tui.actions.prompt`."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from textual.widgets import OptionList

from tests.tui.actions.trials import on_workbench, tries
from tests.tui.opened import press, settle, shown, until, write
from tests.tui.scripted import chunk, final
from tui.screens.find_written import FindWritten

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp


@tries("prompt.editor")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "h", "i", "ctrl+g")
    assert app.panes.status.said == "this terminal cannot be lent to an editor"
    app.writing.suspend = nullcontext
    app.writing.editor = "sed -i s/hi/high/"
    await press(pilot, "ctrl+x", "ctrl+e")
    assert app.panes.chat.prompt.text == "high"
    app.writing.editor = "no-such-editor"
    await press(pilot, "ctrl+g")
    assert "no-such-editor cannot be started" in app.panes.status.said
    assert app.panes.chat.prompt.text == "high"


@tries("prompt.find")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "alt+r")
    assert app.panes.status.said == "nothing was written yet"
    for text in ("one fish", "two fish"):
        backend.reply(chunk("ok"), final())
        await write(pilot, text)
        await until(pilot, lambda: not app.turns.running)
    await settle(pilot)
    await press(pilot, "escape", "h", *"one")
    assert isinstance(app.screen, FindWritten)
    assert app.screen.query_one(OptionList).option_count == 1
    await press(pilot, "enter")
    assert on_workbench(app)
    assert app.panes.chat.prompt.text == "one fish"
    assert app.panes.chat.prompt.has_focus


@tries("prompt.detach")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "alt+x")
    assert app.panes.status.said.startswith("the message names no file")
    app.panes.chat.prompt.put(f"look at @{__file__} please")
    await settle(pilot)
    assert "[prompt.py" in shown(app)
    await press(pilot, "alt+x")
    assert app.panes.chat.prompt.text == "look at please"
    assert "[prompt.py" not in shown(app)


@tries("prompt.vim")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "alt+v")
    await press(pilot, *"one", "space", *"two", "escape", "b", "d", "w")
    assert app.panes.chat.prompt.text == "one "
    assert "n>" in shown(app)
    await press(pilot, "alt+v", "x")
    assert app.panes.chat.prompt.text == "onex "
    assert "n>" not in shown(app)
