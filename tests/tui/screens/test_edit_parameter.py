from __future__ import annotations

from tests.tui.opened import opened, press, shown
from tests.tui.scripted import ScriptedBackend


async def test_a_long_text_is_taken_by_enter_and_has_new_lines_by_alt_enter_and_ctrl_j() -> None:
    async with opened(ScriptedBackend("smollm2:135m")) as (app, pilot):
        app.parameters.edit("system")
        await press(pilot, "a", "alt+enter", "b", "ctrl+j", "c")
        assert "Alt+Enter new line" in shown(app)
        await press(pilot, "enter")
        assert app.screen is app.panes
        assert app.workspace.parameters.system == "a\nb\nc"
