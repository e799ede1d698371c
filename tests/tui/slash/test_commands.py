"""Slash commands as one writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.wire.ollama import CreateRequest
from tests.tui.opened import NARROW, opened, press, settle, shown, until, write
from tests.tui.scripted import ScriptedBackend, chunk, final
from tui.actions.registry import ACTIONS
from tui.screens.help import Help
from tui.screens.model_info import ModelInfo
from tui.screens.text_page import TextPage
from tui.slash.command import CommandError
from tui.slash.table import COMMANDS, candidates, meant

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from tui.app import PunaApp

MODEL = "smollm2:135m"


async def command(app: PunaApp, pilot: Pilot[None], line: str) -> str:
    """Write a line, send it, and see what the status line says."""
    app.panes.chat.prompt.put(line)
    await settle(pilot)
    app.panes.chat.entry.completions.offer([], "")
    await press(pilot, "enter")
    return app.panes.status.said


async def test_parameters_are_set_with_ollamas_words() -> None:
    async with opened(ScriptedBackend(MODEL)) as (app, pilot):
        assert await command(app, pilot, "/set parameter temperature 0.3") == "Set parameter 'temperature' to '0.3'"
        assert await command(app, pilot, "/set parameter stop a b") == "Set parameter 'stop' to 'a, b'"
        assert await command(app, pilot, '/set system """Be\nbrief."""') == "Set system message."
        assert app.workspace.parameters.own == {"temperature": 0.3, "stop": ("a", "b"), "system": "Be\nbrief."}
        assert app.panes.chat.prompt.text == ""
        assert app.panes.chat.prompt.remembered.entries()[0] == "/set parameter temperature 0.3"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/set parameter temprature 1", "there is no parameter 'temprature'; did you mean temperature?"),
        ("/set parameter temperature 9", "temperature must be a number from 0 to 5"),
        ("/set parameter temperature", "write a value: /set parameter temperature VALUE"),
        ("/set parameter", "write /set parameter NAME VALUE"),
        ("/set sistem x", "Unknown command '/set sistem'; did you mean /set system?"),
        ("/set think", "the model in use does not think before it answers"),
        ("/show", "/show: there are info, license, modelfile, parameters, system, template"),
        ("/load nothing", "Couldn't find model 'nothing'; F6 gets one"),
        ("/clear all", "/clear takes nothing after it"),
        ("/theme purple", "there is no theme purple; there are"),
        ("/claer", "Unknown command '/claer'. did you mean /clear?"),
        ("/qqqqq", "Unknown command '/qqqqq'. Type /? for help"),
    ],
)
async def test_what_cannot_be_run_says_why_and_stays(line: str, said: str) -> None:
    async with opened(ScriptedBackend(MODEL)) as (app, pilot):
        assert (await command(app, pilot, line)).startswith(said)
        assert app.panes.chat.prompt.text == line


async def test_thinking_is_set_where_the_model_can() -> None:
    backend = ScriptedBackend(MODEL)
    backend.shown.capabilities = ["completion", "thinking"]
    async with opened(backend) as (app, pilot):
        assert await command(app, pilot, "/set nothink") == "Set 'nothink' mode."
        assert app.workspace.parameters.think is False
        assert await command(app, pilot, "/set think") == "Set 'think' mode."
        assert app.workspace.parameters.think is True


async def test_what_is_known_of_a_model_is_shown() -> None:
    backend = ScriptedBackend(MODEL)
    backend.shown.license = "Do \x1b[31mwhat[/] you [bold]like"
    async with opened(backend) as (app, pilot):
        await command(app, pilot, "/show license")
        assert isinstance(app.screen, TextPage)
        assert "Do [31mwhat[/] you [bold]like" in shown(app)
        await press(pilot, "escape")
        await command(app, pilot, "/show template")
        assert "No prompt template was specified for this model." in shown(app)
        await press(pilot, "escape")
        app.workspace.parameters.set("top_k", "7")
        await command(app, pilot, "/show parameters")
        assert "User defined parameters:" in shown(app)
        await press(pilot, "escape")
        await command(app, pilot, "/show info")
        assert isinstance(app.screen, ModelInfo)


async def test_a_model_is_loaded_and_saved() -> None:
    backend = ScriptedBackend(MODEL, "gemma3:270m")
    async with opened(backend) as (app, pilot):
        await command(app, pilot, "/load gemma3:270m")
        assert app.workspace.model == "gemma3:270m"
        assert backend.asked("load")
        app.workspace.parameters.set("system", "Short.")
        backend.reply(chunk("yes"), final())
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        await command(app, pilot, "/save mine")
        assert app.panes.status.said == "Created new model 'mine'"
        request = backend.asked("create")[0]
        assert isinstance(request, CreateRequest)
        assert (request.model, request.from_, request.system) == ("mine", "gemma3:270m", "Short.")
        assert [(item.role, item.content) for item in request.messages] == [("user", "hi"), ("assistant", "yes")]


async def test_a_new_chat_themes_help_and_the_end() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.reply(chunk("yes"), final())
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        await command(app, pilot, "/clear")
        assert app.workspace.chat.is_blank
        assert (await command(app, pilot, "/theme puna-light")).startswith("theme puna-light")
        await command(app, pilot, "/?")
        assert "/set parameter NAME VALUE" in shown(app)
        await press(pilot, "escape")
        await command(app, pilot, "/help shortcuts")
        assert isinstance(app.screen, Help)
        await press(pilot, "escape")
        await command(app, pilot, "/list")
        assert app.panes.models.has_focus_within
        app.panes.reach("chat")
        app.panes.chat.prompt.put("/bye")
        await pilot.press("enter")
        assert app._exit


async def test_a_chat_is_written_to_a_file(tmp_path: Path) -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        path = tmp_path / "chat.md"
        assert "nothing to export" in await command(app, pilot, f"/export {path}")
        backend.reply(chunk("yes"), final())
        app.panes.chat.prompt.put("")
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        await command(app, pilot, f"/export {path}")
        assert path.exists()
        await command(app, pilot, f"/import {tmp_path / 'gone.json'}")
        assert "gone.json" in app.panes.status.said


async def test_a_preset_is_applied_by_its_name() -> None:
    async with opened(ScriptedBackend(MODEL)) as (app, pilot):
        assert (await command(app, pilot, "/preset warm")).startswith("there is no preset warm; none is saved yet")
        app.parameters.presets.save("warm", {"temperature": 1.5})
        assert await command(app, pilot, "/preset warm") == "preset warm; the next message uses it"
        assert app.workspace.parameters.own == {"temperature": 1.5}


async def test_every_action_can_be_written_by_its_id_and_one_by_words_of_its_title() -> None:
    for action in ACTIONS:
        assert meant(f"/{action.id}") is action
    found = meant("/quit")
    assert isinstance(found, tuple)
    assert found[0].name == "bye"
    async with opened(ScriptedBackend(MODEL)) as (app, pilot):
        await command(app, pilot, "/reach running")
        assert app.panes.running.has_focus


async def test_the_list_over_the_prompt_completes_commands_arguments_and_runs_them() -> None:
    async with opened(ScriptedBackend(MODEL, "gemma3:270m"), NARROW) as (app, pilot):
        await press(pilot, *"/set pa")
        assert "NAME VALUE  Change a parameter" in shown(app)
        await press(pilot, "tab", *"temp", "tab")
        assert app.panes.chat.prompt.text == "/set parameter temperature "
        await press(pilot, *"0.4", "enter")
        assert app.workspace.parameters.own == {"temperature": 0.4}
        await press(pilot, *"/load ", "down", "enter")
        assert app.workspace.model == "gemma3:270m"
        await press(pilot, *"/cle", "escape")
        assert not app.panes.chat.entry.completions.display
        assert app.panes.chat.prompt.has_focus


async def test_every_command_completes_itself_and_is_explained() -> None:
    async with opened(ScriptedBackend(MODEL)) as (app, _):
        for item in COMMANDS:
            assert any(found.text.strip() == f"/{item.name}" for found in candidates(app, f"/{item.name[:-1]}"))
            assert item.about
            item.values(app)


def test_words_that_several_actions_have_are_unknown() -> None:
    with pytest.raises(CommandError, match="Unknown command"):
        meant("/the")
