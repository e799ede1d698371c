from __future__ import annotations

from tests.tui.opened import NARROW, make, opened, press, settle, shown, until
from tests.tui.scripted import ScriptedBackend, request, runner


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


async def test_keys_typed_ahead_are_for_the_pane() -> None:
    async with opened(ScriptedBackend("smollm2:135m")) as (app, _):
        for name, pane in (("models", app.panes.models.rows), ("devices", app.panes.devices)):
            app.panes.reach(name)
            assert app.focused is pane


async def test_panes_hidden_on_a_wide_terminal_leave_their_room_to_the_chat() -> None:
    async with opened(ScriptedBackend("smollm2:135m")) as (app, pilot):
        before = app.panes.chat.region.width
        await press(pilot, "f2", "f2", "f3", "f3", "f10", "f10", "f4", "f4")
        assert app.panes.chat.region.width > before + 50
        await press(pilot, "f3")
        await settle(pilot)
        assert app.panes.running.has_focus


async def test_the_status_line_names_the_keys_that_work_where_the_focus_is() -> None:
    async with opened(ScriptedBackend("smollm2:135m")) as (app, pilot):
        assert "F1 help  Ctrl+P commands" in shown(app)
        await press(pilot, "escape")
        assert "? help  : commands" in shown(app)


async def test_a_pane_names_its_keys_while_it_has_the_focus() -> None:
    async with opened(ScriptedBackend("smollm2:135m"), NARROW) as (app, pilot):
        await press(pilot, "f2")
        assert "l load · u unload · P plan · i about" in shown(app)
        await press(pilot, "f3")
        assert "x cancel · u unload" in shown(app)
        await press(pilot, "f4")
        assert "e change · Del reset" in shown(app)
        await press(pilot, "escape")
        assert "Del reset" not in shown(app)
        await pilot.resize_terminal(120, 40)
        await settle(pilot)
        assert "x cancel" not in shown(app)
        assert "Del reset" not in shown(app)


async def test_requests_stand_under_their_model_however_it_was_named() -> None:
    backend = ScriptedBackend("b:latest", "a:latest")
    async with opened(backend) as (app, pilot):
        backend.tell(runners=[runner("b:latest"), runner("a:latest")], requests=[request("a", id="q1")])
        await until(pilot, lambda: bool(app.workspace.requests))
        await settle(pilot)
        rows = [app.panes.running.get_option_at_index(at).id for at in range(3)]
        assert rows == ["runner r-a:latest", "request q1", "runner r-b:latest"]


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
