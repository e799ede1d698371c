"""Chats are the backend's: what the app finds at its start, and what others do meanwhile."""

from __future__ import annotations

from typing import Any

from backend.wire.sessions import SessionChange
from tests.tui.opened import opened, press, said, settle, shown, until, write
from tests.tui.scripted import ScriptedBackend, chunk, final

MODEL = "smollm2:135m"


async def test_the_last_chat_is_opened_at_the_start() -> None:
    backend = ScriptedBackend(MODEL)
    backend.sessions.add("older", "reply", title="old")
    backend.sessions.add("newer question", "newer reply", title="new")
    async with opened(backend) as (app, _):
        assert said(app) == ["newer question", "newer reply"]
        assert "newer reply" in shown(app)


async def test_chats_that_run_are_opened_at_the_start_and_followed() -> None:
    backend = ScriptedBackend(MODEL)
    running = backend.sessions.add("how does it work", title="runs")
    turn = backend.sessions.running(running)
    backend.reply(chunk("it goes "))
    backend.sessions.add("newer question", "newer reply", title="new")
    async with opened(backend) as (app, pilot):
        await until(pilot, lambda: "it goes" in shown(app))
        assert app.turns.running
        backend.reply(chunk("on"), final())
        await until(pilot, lambda: not app.turns.running)
        assert "it goes on" in shown(app)
        assert backend.asked("sessions.attach") == [(turn, 0)]


async def test_what_is_written_before_the_last_chat_is_there_stays_in_the_prompt() -> None:
    backend = ScriptedBackend(MODEL)
    session = backend.sessions.add("question", "reply")
    async with opened(backend) as (app, pilot):
        await press(pilot, "ctrl+n", *"so")
        app.chats.open(session.id)
        await settle(pilot)
        assert said(app) == ["question", "reply"]
        await press(pilot, "ctrl+n")
        assert app.panes.chat.prompt.text == ""


async def test_each_chat_keeps_what_was_written_in_it() -> None:
    backend = ScriptedBackend(MODEL)
    backend.sessions.add("question", "reply")
    async with opened(backend) as (app, pilot):
        await press(pilot, *"one", "ctrl+n")
        assert app.panes.chat.prompt.text == ""
        app.chats.show(app.workspace.chats.all[0])
        await settle(pilot)
        assert app.panes.chat.prompt.text == "one"


async def test_a_chat_brings_its_parameters_and_changes_go_into_it() -> None:
    backend = ScriptedBackend(MODEL, "gemma3:270m")
    fields: dict[str, Any] = {"system": "Be brief.", "options": {"temperature": 0.2, "mirostat": 1, "stop": ["x"]}}
    session = backend.sessions.add("question", "reply", model="gemma3:270m", **fields)
    async with opened(backend) as (app, pilot):
        assert app.workspace.model == "gemma3:270m"
        own = app.workspace.parameters.own
        assert own == {"temperature": 0.2, "stop": ("x",), "system": "Be brief."}
        await press(pilot, "f4", "enter", "backspace", "backspace", "backspace", "1", "enter")
        assert session.options == {"temperature": 1.0, "mirostat": 1, "stop": ["x"]}
        app.models.use(MODEL)
        await settle(pilot)
        assert session.model == MODEL
        await press(pilot, "f5")
        backend.reply(chunk("x"), final())
        await write(pilot, "more")
        await until(pilot, lambda: not app.turns.running)
        changes = [asked for asked in backend.asked("sessions.change") if isinstance(asked, tuple)]
        assert [change for _, change in changes] == [
            SessionChange(options={"temperature": 1.0, "mirostat": 1, "stop": ["x"]}),
            SessionChange(model=MODEL),
        ]


async def test_a_new_chat_begins_with_the_parameters_in_force() -> None:
    backend = ScriptedBackend(MODEL)
    backend.sessions.add("question", "reply", options={"seed": 7})
    async with opened(backend) as (app, pilot):
        await press(pilot, "ctrl+n")
        backend.reply(chunk("x"), final())
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        newest = list(backend.sessions.stored.values())[-1]
        assert (newest.title, newest.options) == ("hi", {"seed": 7})


async def test_what_another_client_says_in_the_chat_is_shown() -> None:
    backend = ScriptedBackend(MODEL)
    session = backend.sessions.add("question", "reply")
    async with opened(backend) as (app, pilot):
        backend.reply(chunk("from elsewhere"), final())
        turn = backend.sessions.running(session)
        await until(pilot, lambda: "from elsewhere" in shown(app))
        assert (turn, 0) in backend.asked("sessions.attach")


async def test_a_model_that_is_gone_leaves_the_one_in_use() -> None:
    backend = ScriptedBackend(MODEL)
    session = backend.sessions.add("question", "reply", model="gone")
    async with opened(backend) as (app, pilot):
        assert app.workspace.model == MODEL
        assert session.model == "gone"
        backend.reply(chunk("x"), final())
        await write(pilot, "more")
        await until(pilot, lambda: not app.turns.running)
        assert session.model == MODEL
