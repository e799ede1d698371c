"""The screen with an engine's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Log

from tests.tui.opened import NARROW, opened, press, shown, until
from tests.tui.scripted import ScriptedBackend, runner
from tui.screens.engine_log import EngineLog

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tui.app import PunaApp


async def reading(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend, *lines: str) -> EngineLog:
    """The log of a running engine that wrote `lines`."""
    backend.monitor.logs["r-smollm2:135m"] = list(lines)
    backend.monitor.running.add("r-smollm2:135m")
    backend.tell(runners=[runner("smollm2:135m")])
    await until(pilot, lambda: bool(app.workspace.runners))
    await press(pilot, "f3", "l")
    screen = app.screen
    assert isinstance(screen, EngineLog)
    return screen


async def test_new_lines_come_by_themselves_and_none_twice() -> None:
    backend = ScriptedBackend("smollm2:135m")
    async with opened(backend, NARROW) as (app, pilot):
        screen = await reading(app, pilot, backend, "0.1 I one")
        backend.monitor.logs["r-smollm2:135m"].append("0.2 I two")
        await until(pilot, lambda: "I two" in shown(app))
        backend.monitor.running.clear()
        await until(pilot, lambda: "this engine has ended" in shown(app))
        assert [line for line in screen.query_one(Log).lines if line] == ["I one", "I two"]
        assert backend.asked("log")[:2] == [("r-smollm2:135m", 0), ("r-smollm2:135m", 1)]


async def test_only_lines_with_a_text_are_shown_until_escape() -> None:
    backend = ScriptedBackend("smollm2:135m")
    async with opened(backend) as (app, pilot):
        await reading(app, pilot, backend, "0.1 I load_tensors", "0.2 I KV buffer size", "0.3 W slow")
        await press(pilot, "slash", "k", "v", "enter")
        assert "KV buffer" in shown(app)
        assert "load_tensors" not in shown(app)
        await press(pilot, "escape")
        assert "load_tensors" in shown(app)
        await press(pilot, "escape")
        assert app.screen is app.panes


async def test_what_an_engine_writes_does_nothing_to_the_terminal() -> None:
    backend = ScriptedBackend("smollm2:135m")
    async with opened(backend) as (app, pilot):
        screen = await reading(app, pilot, backend, "0.1 I \x1b[2J[bold]\u202emodel\x9b31m\r\nx")
        (line,) = [line for line in screen.query_one(Log).lines if line]
        assert line == "I [2J[bold]⟨U+202E⟩model31m x"


async def test_a_log_that_is_gone_is_told() -> None:
    backend = ScriptedBackend("smollm2:135m")
    async with opened(backend) as (app, pilot):
        backend.tell(runners=[runner("smollm2:135m")])
        await until(pilot, lambda: bool(app.workspace.runners))
        await press(pilot, "f3", "l")
        assert "the log of 'r-smollm2:135m' is gone" in shown(app)
