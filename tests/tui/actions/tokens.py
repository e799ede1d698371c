"""Trials of the actions in `tui.actions.tokens`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.wire.sessions import TurnRequest
from tests.tui.actions.trials import on_workbench, tries
from tests.tui.opened import press, said, shown, until, write
from tests.tui.scripted import chunk, final
from tests.tui.scripted_sessions import End
from tests.tui.tokens.made import alternative, token
from tui.screens.tokens import Tokens

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp

SURE, UNSURE, LAST = (
    token("The", 0, 0.95, alternative("A", 0.03)),
    token(" sky", 3, 0.2, alternative(" sea", 0.19), alternative("", 0.1)),
    token(" ends", 7, 0.25, alternative("\ufffd", 0.1, b"\xc3")),
)


async def replied(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> int:
    """A reply with tokens. Its message."""
    backend.reply(chunk("The sky ends"), End(final().fields | {"has_logprobs": True}))
    await write(pilot, "hi")
    await until(pilot, lambda: not app.turns.running)
    reply = app.workspace.chat.conversation.leaf
    backend.sessions.tokens_of[reply] = [SURE, UNSURE, LAST]
    return reply


async def looking(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> Tokens:
    """The tokens of a reply are shown."""
    await replied(app, pilot, backend)
    await press(pilot, "ctrl+t")
    assert isinstance(app.screen, Tokens)
    return app.screen


@tries("tokens.open")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "ctrl+t")
    assert app.panes.status.said == "there is no finished reply in this chat yet"
    await looking(app, pilot, backend)
    assert '"The"   95 % · token 1 of 3' in shown(app)
    assert "in the reply" in shown(app)
    await press(pilot, "escape")
    assert on_workbench(app)


@tries("tokens.keep")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "escape", "o")
    assert app.panes.status.said == "this chat is still empty"
    await press(pilot, "c")
    await replied(app, pilot, backend)
    await press(pilot, "escape", "o")
    assert "are kept" in app.panes.status.said
    (session,) = backend.sessions.stored.values()
    assert session.top_logprobs == 10
    await press(pilot, "o")
    assert (session.top_logprobs, app.panes.status.said) == (0, "kept no more")


@tries("tokens.doubt")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    screen = await looking(app, pilot, backend)
    await press(pilot, "n")
    assert screen.field.cursor == 1
    await press(pilot, "n", "n")
    assert screen.field.cursor == 2
    assert "no unlikely token after this one" in shown(app)


@tries("tokens.doubt_before")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    screen = await looking(app, pilot, backend)
    await press(pilot, "end", "b")
    assert screen.field.cursor == 1
    await press(pilot, "b")
    assert "no unlikely token before this one" in shown(app)


@tries("tokens.take")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await looking(app, pilot, backend)
    await press(pilot, "right", "down", "enter")
    assert "this one ends the reply" in shown(app)
    await press(pilot, "up", "enter")
    assert on_workbench(app)
    backend.reply(chunk(" is wide"), final())
    await until(pilot, lambda: not app.turns.running)
    assert said(app) == ["hi", "The sea is wide"]
    request = backend.asked("sessions.start")[-1]
    assert isinstance(request, TurnRequest)
    assert (request.prefix, request.content, request.top_logprobs) == ("The sea", None, 10)
