from __future__ import annotations

from tests.tui.opened import NARROW, make, opened, press, settle, shown
from tests.tui.scripted import ScriptedBackend


async def test_on_a_narrow_terminal_panes_lie_over_the_chat_one_at_a_time() -> None:
    async with opened(ScriptedBackend("smollm2:135m"), NARROW) as (app, pilot):
        panes = app.panes
        assert not panes.models.region.size
        for key, pane in (("f2", panes.models), ("f3", panes.running), ("f4", panes.parameters)):
            await press(pilot, key)
            assert pane.region.height > 10
            others = {panes.models, panes.running, panes.parameters} - {pane}
            assert not any(other.region.size for other in others)
        assert panes.chat.region.width == NARROW[0]
        await press(pilot, "escape")
        assert not panes.parameters.region.size
        assert panes.chat.prompt.has_focus


async def test_panes_hidden_on_a_wide_terminal_leave_their_room_to_the_chat() -> None:
    async with opened(ScriptedBackend("smollm2:135m")) as (app, pilot):
        before = app.panes.chat.region.width
        await press(pilot, "f2", "f2", "f3", "f3", "f4", "f4")
        assert app.panes.chat.region.width > before + 50
        await press(pilot, "f3")
        await settle(pilot)
        assert app.panes.running.has_focus


async def test_the_status_line_names_the_keys_that_work_where_the_focus_is() -> None:
    async with opened(ScriptedBackend("smollm2:135m")) as (app, pilot):
        assert "F1 help  Ctrl+P command" in shown(app)
        await press(pilot, "escape")
        assert "? help  : command" in shown(app)


async def test_an_unknown_theme_is_told_and_the_default_taken() -> None:
    app = make(ScriptedBackend("a"), "puna-purple")
    async with app.run_test() as pilot:
        await settle(pilot)
        assert app.theme == "puna-dark"
        assert app.panes.status.said.startswith("there is no theme puna-purple; there are puna-dark")


async def test_a_click_chooses_a_model_and_a_parameter() -> None:
    async with opened(ScriptedBackend("smollm2:135m", "gemma3:270m")) as (app, pilot):
        await pilot.click("#models", offset=(5, 3))
        await settle(pilot)
        assert app.workspace.model == "gemma3:270m"
        await pilot.click("#parameter-rows", offset=(5, 2))
        await settle(pilot)
        assert app.screen is not app.panes
