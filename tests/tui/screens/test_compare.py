"""The comparison on the screen: what has room, what stands where, what closing it means."""

from __future__ import annotations

from backend.errors import BackendError
from tests.tui.actions.compare import compared, comparing, replied, titles
from tests.tui.opened import NARROW, WIDE, opened, press, shown, until
from tests.tui.scripted import ScriptedBackend, chunk, final, runner

MODELS = ("smollm2:135m", "gemma3:270m")


async def test_columns_without_room_are_reached_by_paging() -> None:
    async with opened(ScriptedBackend(*MODELS), NARROW) as (app, pilot):
        await press(pilot, "ctrl+o", "escape", "plus", "plus")
        assert "columns 3 to 4 of 4" in shown(app)
        await press(pilot, "right")
        assert "columns 1 to 2 of 4" in shown(app)
        assert ["1 · " in shown(app), "3 · " in shown(app)] == [True, False]


async def test_four_columns_fit_a_wide_terminal() -> None:
    async with opened(ScriptedBackend(*MODELS), (160, 40)) as (app, pilot):
        await press(pilot, "ctrl+o", "escape", "plus", "plus")
        assert all(f"{number} · " in shown(app) for number in (1, 2, 3, 4))


async def test_one_model_is_compared_with_itself_at_another_temperature() -> None:
    async with opened(ScriptedBackend(MODELS[0]), WIDE) as (app, pilot):
        await press(pilot, "ctrl+o")
        assert titles(comparing(app)) == ["smollm2:135m", "smollm2:135m · temperature 1.2"]


async def test_each_column_says_what_it_waits_for_and_its_figures() -> None:
    backend = ScriptedBackend(*MODELS)
    async with opened(backend) as (app, pilot):
        screen = await compared(app, pilot)
        first, second = screen.comparison.columns
        backend.tell(runners=[runner("gemma3:270m", state="loading", progress=0.4)])
        backend.sessions.say(first.turn, chunk("a *reply*"), final())
        await until(pilot, lambda: "a reply" in shown(app) and "84 tok/s" in shown(app))
        assert second.running
        backend.sessions.say(second.turn, BackendError("no memory for it"))
        await until(pilot, lambda: "no memory for it" in shown(app))


async def test_closing_leaves_the_replies_to_the_backend() -> None:
    backend = ScriptedBackend(*MODELS)
    async with opened(backend) as (app, pilot):
        screen = await compared(app, pilot)
        await press(pilot, "escape")
        assert app.panes.status.said == "the replies go on; the chat is in the list of chats"
        assert backend.asked("sessions.cancel") == []
        for column in screen.comparison.columns:
            backend.sessions.say(column.turn, final())
        await until(pilot, lambda: not screen.comparison.running)


async def test_nothing_is_asked_without_a_question_or_while_replies_run() -> None:
    backend = ScriptedBackend(*MODELS)
    async with opened(backend) as (app, pilot):
        await press(pilot, "ctrl+o", "enter")
        assert "write a question first" in shown(app)
        await press(pilot, "escape", "escape")
        screen = await compared(app, pilot)
        await press(pilot, "e", "enter")
        assert "replies are running; s stops them" in shown(app)
        await press(pilot, "escape", "s")
        await until(pilot, lambda: not screen.comparison.running)


async def test_what_the_backend_refuses_is_said_on_the_screen() -> None:
    backend = ScriptedBackend(*MODELS)
    async with opened(backend) as (app, pilot):
        await press(pilot, "ctrl+o", "h", "i")
        backend.refuse = BackendError("the disk is full")
        await press(pilot, "enter")
        await until(pilot, lambda: "the disk is full" in shown(app))


async def test_another_model_empties_its_column_alone() -> None:
    backend = ScriptedBackend(*MODELS)
    async with opened(backend) as (app, pilot):
        await replied(app, pilot, backend)
        await press(pilot, "right", "m", *"smol", "enter")
        await until(pilot, lambda: "the sky" not in shown(app))
        assert "the sea is blue" in shown(app)
        assert "a asks again" in shown(app)


async def test_a_click_chooses_a_column() -> None:
    async with opened(ScriptedBackend(*MODELS), NARROW) as (app, pilot):
        await press(pilot, "ctrl+o")
        await pilot.click("ColumnView", offset=(45, 5))
        await press(pilot, "m", *"smol", "enter")
        assert titles(comparing(app)) == ["smollm2:135m", "smollm2:135m"]


async def test_hostile_text_reaches_no_column() -> None:
    backend = ScriptedBackend(*MODELS)
    async with opened(backend) as (app, pilot):
        screen = await compared(app, pilot, "[b]hi")
        for column, text in zip(screen.comparison.columns, ("[red]\x1b[31mone", "\x1b]52;c;x\x07[/two]"), strict=True):
            backend.sessions.say(column.turn, chunk(text), final())
        await until(pilot, lambda: not screen.comparison.running and "two]" in shown(app))
        await press(pilot, "v")
        assert "[red]" in shown(app)
        assert "\x1b" not in shown(app)
