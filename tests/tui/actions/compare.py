"""Trials of the actions in `tui.actions.compare`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.actions.trials import on_workbench, tries
from tests.tui.opened import press, said, shown, until, write
from tests.tui.scripted import chunk, final
from tui.screens.choose import Choose
from tui.screens.column_parameters import ColumnParameters
from tui.screens.compare import Compare

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp


def comparing(app: PunaApp) -> Compare:
    """The screen, if it is the one that is shown."""
    assert isinstance(app.screen, Compare)
    return app.screen


def covers(app: PunaApp, kind: type[object]) -> bool:
    return isinstance(app.screen, kind)


async def compared(app: PunaApp, pilot: Pilot[None], question: str = "hi", first: str = "") -> Compare:
    """A comparison whose columns were asked, after the keys `first` of the columns."""
    await press(pilot, "ctrl+o", "escape", *first, "e", *question, "enter")
    screen = comparing(app)
    await until(pilot, lambda: all(column.turn for column in screen.comparison.columns))
    return screen


async def replied(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend, first: str = "") -> Compare:
    """A comparison whose columns have different replies."""
    screen = await compared(app, pilot, first=first)
    for column, text in zip(screen.comparison.columns, ("the sea is blue", "the sky is blue"), strict=True):
        backend.sessions.say(column.turn, chunk(text), final())
    await until(pilot, lambda: not screen.comparison.running and "the sky is blue" in shown(app))
    return screen


def titles(screen: Compare) -> list[str]:
    return [column.title(screen.comparison.columns) for column in screen.comparison.columns]


@tries("compare.open")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "x", "y", "ctrl+o")
    assert titles(comparing(app)) == ["smollm2:135m", "gemma3:270m"]
    assert "xy" in shown(app)
    await press(pilot, "escape", "escape")
    assert on_workbench(app)


@tries("compare.model")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "ctrl+o", "escape", "m")
    assert covers(app, Choose)
    await press(pilot, *"gem", "enter")
    assert titles(comparing(app)) == ["gemma3:270m", "gemma3:270m"]


@tries("compare.parameters")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "ctrl+o", "escape", "right", "p")
    assert covers(app, ColumnParameters)
    await press(pilot, *"warmth", "enter")
    assert "there is no parameter warmth" in shown(app)
    await press(pilot, "ctrl+u", *"seed", "space", "7", "ctrl+j", *"top_k", "space", "3", "enter")
    assert titles(comparing(app)) == ["smollm2:135m", "gemma3:270m · seed 7 · top_k 3"]


@tries("compare.add")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "ctrl+o", "escape", "plus", "plus", "plus")
    assert len(titles(comparing(app))) == 4
    assert "there are 4 columns, which is the most" in shown(app)


@tries("compare.remove")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "ctrl+o", "escape", "plus", "left", "minus")
    assert titles(comparing(app)) == ["smollm2:135m", "smollm2:135m"]
    await press(pilot, "delete")
    assert "a comparison has at least 2 columns" in shown(app)


@tries("compare.again")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "ctrl+o", "escape", "a")
    assert "nothing was asked yet" in shown(app)
    await press(pilot, "escape")
    screen = await replied(app, pilot, backend)
    before = [column.turn for column in screen.comparison.columns]
    await press(pilot, "a")
    await until(pilot, lambda: [column.turn for column in screen.comparison.columns] != before)
    await until(pilot, lambda: "the sky" not in shown(app))
    (session,) = backend.sessions.stored.values()
    assert [message.role for message in session.messages].count("user") == 1


@tries("compare.within")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "ctrl+o", "escape", "c")
    assert "the chat is still empty" in shown(app)
    await press(pilot, "escape")
    backend.reply(chunk("the first"), final())
    await write(pilot, "hi")
    await until(pilot, lambda: not app.turns.running)
    await press(pilot, "ctrl+o", "escape", "c")
    assert "Compare · within: hi" in shown(app)
    await press(pilot, "c")
    assert "asked apart from the chat again" in shown(app)
    await press(pilot, "c", "escape")
    screen = await replied(app, pilot, backend, "c")
    await press(pilot, "t")
    await until(pilot, lambda: on_workbench(app) and said(app) == ["hi", "the first", "hi", "the sea is blue"])
    (session,) = backend.sessions.stored.values()
    assert session.leaf == screen.comparison.columns[0].turn


@tries("compare.question")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "ctrl+o", "escape", "e", "e")
    assert comparing(app).query_one("Question").has_focus


@tries("compare.stop")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    screen = await compared(app, pilot)
    await press(pilot, "m")
    assert "replies are running; s stops them" in shown(app)
    await press(pilot, "s")
    await until(pilot, lambda: not screen.comparison.running and "stopped" in shown(app))
    assert len(backend.asked("sessions.cancel")) == 2
    await press(pilot, "s")
    assert "no reply is running" in shown(app)


@tries("compare.difference")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await replied(app, pilot, backend)
    await press(pilot, "v")
    assert "against column 1: 75 % the same" in shown(app)
    assert "the [sea] sky is blue" in shown(app)
    await press(pilot, "v")
    assert "[sea]" not in shown(app)


@tries("compare.take")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "ctrl+o", "escape", "t")
    assert "this column has no reply yet" in shown(app)
    await press(pilot, "escape")
    await replied(app, pilot, backend)
    await press(pilot, "right", "t")
    await until(pilot, lambda: on_workbench(app) and said(app) == ["hi", "the sky is blue"])
    (session,) = backend.sessions.stored.values()
    assert (session.model, session.tags) == ("gemma3:270m", [])
