"""Trials of the actions in `tui.actions.messages`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.actions.trials import tries
from tests.tui.opened import press, said, shown, until, write
from tests.tui.scripted import chunk, final
from tui.screens.confirm import Confirm
from tui.screens.enter_text import EnterText

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp

TALK = ["how high", "very high", "and how wide", "very wide"]


async def open_talk(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    """A chat of two questions and their replies, the keys of the transcript at hand."""
    session = backend.sessions.add(*TALK, title="sizes")
    app.chats.open(session.id)
    await until(pilot, lambda: said(app) == TALK)
    await press(pilot, "escape")


async def fork(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    """Another reply to the last message."""
    await open_talk(app, pilot, backend)
    backend.reply(chunk("a mile"), final())
    await press(pilot, "a")
    await until(pilot, lambda: not app.turns.running and said(app)[-1] == "a mile")


@tries("messages.again")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "escape", "a")
    assert app.panes.status.said == "there is no message to reply to"
    await fork(app, pilot, backend)
    assert said(app) == [*TALK[:3], "a mile"]
    assert "very wide" not in shown(app)


@tries("messages.rewrite")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await open_talk(app, pilot, backend)
    await press(pilot, "e")
    assert app.panes.chat.prompt.text == "and how wide"
    assert said(app) == TALK[:2]
    assert "a branch begins here · Esc goes back" in shown(app)
    await press(pilot, "escape")
    assert (said(app), app.panes.chat.prompt.text) == (TALK, "")
    await press(pilot, "escape", "e", "r")
    backend.reply(chunk("a yard"), final())
    await press(pilot, "enter")
    await until(pilot, lambda: said(app) == [*TALK[:2], "and how wider", "a yard"])
    assert "a branch begins here" not in shown(app)


@tries("messages.branch")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await open_talk(app, pilot, backend)
    await press(pilot, "[", "[", "[", "f")
    assert said(app) == TALK[:2]
    assert app.panes.chat.prompt.has_focus
    backend.reply(chunk("quite deep"), final())
    await write(pilot, "how deep")
    await until(pilot, lambda: said(app) == [*TALK[:2], "how deep", "quite deep"])


@tries("messages.edit")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await open_talk(app, pilot, backend)
    await press(pilot, "E")
    assert isinstance(app.screen, EnterText)
    await press(pilot, "!", "alt+enter", "!", "enter")
    assert said(app) == [*TALK[:3], "very wide!\n!"]
    assert "very wide!" in shown(app)
    assert backend.asked("sessions.edit")


@tries("messages.previous_branch")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await open_talk(app, pilot, backend)
    await press(pilot, "left")
    assert app.panes.status.said == "this chat has one branch; a and e begin others"
    await press(pilot, "escape")
    await fork(app, pilot, backend)
    await press(pilot, "left")
    assert said(app) == TALK
    await press(pilot, "less_than_sign")
    assert said(app)[-1] == "a mile"


@tries("messages.next_branch")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await fork(app, pilot, backend)
    session = backend.sessions.stored[app.workspace.chat.id]
    await press(pilot, "right")
    assert said(app) == TALK
    assert session.leaf == session.messages[3].id
    await press(pilot, "greater_than_sign")
    assert said(app)[-1] == "a mile"


@tries("messages.delete")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await open_talk(app, pilot, backend)
    await press(pilot, "d")
    assert isinstance(app.screen, Confirm)
    await press(pilot, "enter")
    assert said(app) == TALK
    await press(pilot, "delete", "y")
    assert said(app) == TALK[:3]


@tries("messages.delete_below")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await fork(app, pilot, backend)
    await press(pilot, "[", "[", "D")
    assert "on every branch" in shown(app)
    await press(pilot, "y")
    assert said(app) == TALK[:2]
    assert len(backend.sessions.stored[app.workspace.chat.id].messages) == 2
