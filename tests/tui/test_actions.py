"""Every action of the registry, by its keys. `test_every_action_is_tried` keeps this file complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.opened import opened, press, shown, until, write
from tests.tui.scripted import END, ScriptedBackend, chunk, final, request, runner
from tui.actions import ACTIONS, BY_ID, Scope, bindings, key_name, key_names
from tui.connection import Link
from tui.screens.confirm import Confirm
from tui.screens.edit_parameter import EditParameter
from tui.screens.get_model import GetModel
from tui.screens.help import Help
from tui.screens.model_info import ModelInfo
from tui.screens.palette import Palette

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from tui.app import PunaApp

TRIES: dict[str, Callable[[PunaApp, Pilot[None], ScriptedBackend], Awaitable[None]]] = {}


def tries(action_id: str) -> Callable[[Callable[..., Awaitable[None]]], Callable[..., Awaitable[None]]]:
    def note(function: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        TRIES[action_id] = function
        return function

    return note


def on_workbench(app: PunaApp) -> bool:
    return app.screen is app.panes


@tries("pane.chat")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f2", "c")
    assert app.panes.chat.prompt.has_focus
    await press(pilot, "f3", "f5")
    assert app.panes.chat.prompt.has_focus


@tries("chat.stop")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    backend.reply(chunk("half a"))
    await write(pilot, "hi")
    await until(pilot, lambda: "half a" in shown(app))
    await press(pilot, "ctrl+c")
    await until(pilot, lambda: not app.turns.running)
    assert "■ stopped" in shown(app)
    assert backend.closed_chats == 1


@tries("chat.new")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    backend.reply(chunk("hello"), final())
    await write(pilot, "hi")
    await until(pilot, lambda: not app.turns.running)
    await press(pilot, "ctrl+n")
    assert app.turns.messages == []
    assert "ready for your first message" in shown(app)


@tries("app.back")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "escape")
    assert app.panes.chat.transcript.has_focus
    await press(pilot, "escape")
    assert app.panes.chat.prompt.has_focus
    await write(pilot, "hi")
    assert app.turns.running
    await press(pilot, "escape")
    await until(pilot, lambda: not app.turns.running)


@tries("pane.models")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f2")
    assert app.panes.models.has_focus
    await press(pilot, "m")
    assert not app.panes.models.display


@tries("pane.running")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f3")
    assert app.panes.running.has_focus
    await press(pilot, "r")
    assert not app.panes.running.display


@tries("pane.parameters")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f4")
    assert app.panes.parameters.rows.has_focus
    await press(pilot, "p")
    assert not app.panes.parameters.display
    await press(pilot, "f4")
    assert app.panes.parameters.display


@tries("models.use")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f2", "down", "enter")
    assert app.workspace.model == "gemma3:270m"
    assert app.panes.chat.prompt.has_focus


@tries("models.load")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    app.workspace.parameters.set("num_ctx", "2048")
    await press(pilot, "f2", "l")
    assert backend.asked("load") == [("smollm2:135m", {"num_ctx": 2048}, None)]
    assert app.panes.status.said == "smollm2:135m is loaded"


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
    for keys in (("f6",), ("f2", "g"), ("n",)):
        await press(pilot, *keys)
        assert isinstance(app.screen, GetModel)
        await press(pilot, "escape")


@tries("running.cancel")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    backend.tell(runners=[runner("gemma3:270m")], requests=[request("gemma3:270m", id="q7")])
    await until(pilot, lambda: bool(app.workspace.requests))
    await press(pilot, "f3", "x")
    assert app.panes.status.said == "no request is selected"
    await press(pilot, "down", "x")
    assert backend.asked("cancel") == ["q7"]


@tries("running.unload")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    backend.tell(runners=[runner("smollm2:135m"), runner("gemma3:270m")])
    await until(pilot, lambda: bool(app.workspace.runners))
    await press(pilot, "f3", "down", "u")
    assert backend.asked("unload") == ["smollm2:135m"]
    assert app.panes.status.said == "smollm2:135m is unloaded"


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
    assert [asked.options for asked in backend.asked("chat")] == [{"temperature": 0.3}]  # type: ignore[attr-defined]


@tries("parameters.reset")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f4", "backspace")
    assert app.panes.status.said == "temperature is not changed"
    app.workspace.parameters.set("temperature", "1.5")
    await press(pilot, "delete")
    assert app.workspace.parameters.own == {}
    assert app.panes.status.said == "temperature is 0.8 again"


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
    assert app.theme == "puna-contrast"


@tries("theme.next")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    themes = [app.theme]
    for _ in range(3):
        await press(pilot, "f8")
        themes.append(app.theme)
    assert themes == ["puna-dark", "puna-contrast", "puna-light", "puna-dark"]


@tries("backend.start")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f9")
    assert app.panes.status.said == "the backend is there"
    app.workspace.link = Link.LOST
    await press(pilot, "f9")
    backend.events_queue.put_nowait(END)
    await until(pilot, lambda: len(backend.asked("connect")) == 2)
    await until(pilot, lambda: app.workspace.link is Link.UP)


@tries("app.quit")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "x", "ctrl+d")
    assert app.is_running
    await press(pilot, "backspace")
    await pilot.press("ctrl+d")
    assert app._exit


@pytest.mark.parametrize("action_id", sorted(BY_ID))
async def test_action(action_id: str) -> None:
    backend = ScriptedBackend("smollm2:135m", "gemma3:270m")
    async with opened(backend) as (app, pilot):
        await TRIES[action_id](app, pilot, backend)


def test_every_action_is_tried() -> None:
    assert set(TRIES) == {action.id for action in ACTIONS}


def test_no_key_means_two_things_in_one_place() -> None:
    for scope in Scope:
        keys = [key for action in ACTIONS if action.scope is scope for key in (*action.keys, *action.global_keys)]
        assert len(keys) == len(set(keys))
    assert len(bindings(Scope.MODELS)) == 6


def test_no_global_key_is_taken_by_tmux_screen_or_flow_control() -> None:
    taken = {"ctrl+b", "ctrl+a", "ctrl+s", "ctrl+q", "shift+enter"}
    for action in ACTIONS:
        assert not taken & set(action.global_keys)
        assert set(action.keys + action.global_keys) - taken


def test_keys_are_named_as_on_the_keyboard() -> None:
    assert [key_name(key) for key in ("ctrl+n", "f2", "question_mark", "m", "alt+enter")] == [
        "Ctrl+N",
        "F2",
        "?",
        "m",
        "Alt+Enter",
    ]
    assert key_names(BY_ID["app.help"]) == "F1 ?"
