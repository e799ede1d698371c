"""A reply is followed to its end, whatever becomes of the line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from backend.errors import ConnectFailed
from tests.tui.opened import opened, press, said, settle, shown, until, write
from tests.tui.scripted import ScriptedBackend, chunk, final
from tests.tui.scripted_sessions import ScriptedSessions, failed

if TYPE_CHECKING:
    from backend.wire.sessions import Turn, TurnRequest

MODEL = "smollm2:135m"


async def test_a_cut_line_is_taken_up_where_it_broke() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.reply(chunk("one "), chunk("two "), ConnectFailed("cut"), ConnectFailed("cut"))
        await write(pilot, "hi")
        await until(pilot, lambda: len(backend.asked("sessions.attach")) == 2)
        backend.events_queue.put_nowait(ConnectFailed("the line broke"))
        await until(pilot, lambda: len(backend.asked("sessions.attach")) == 3)
        backend.reply(chunk("three"), final())
        await until(pilot, lambda: not app.turns.running)
        assert "one two three" in shown(app)
        assert [start for _, start in backend.asked("sessions.attach")] == [0, 2, 2]  # type: ignore[misc, has-type]


async def test_a_backend_that_kept_less_than_it_had_sent_is_believed() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.reply(chunk("one "), chunk("two "))
        await write(pilot, "hi")
        await until(pilot, lambda: "one two" in shown(app))
        (turn,) = backend.sessions.turns.values()
        turn.pieces.pop()
        backend.sessions.stored[turn.session].messages[-1].content = "one "
        backend.reply(ConnectFailed("killed"), failed("the backend ended", "interrupted"))
        await until(pilot, lambda: said(app) == ["hi", "one "] and not app.turns.running)
        await settle(pilot)
        assert "two" not in shown(app)
        assert "cut off, the backend ended" in shown(app)


class Losing(ScriptedSessions):
    """Loses the line with a message so many times: before the backend has it, or with its answer."""

    def __init__(self, backend: ScriptedBackend, *, takes_it: bool, times: float = 1) -> None:
        super().__init__(backend._note, backend._sessions_changed)
        self._takes_it = takes_it
        self._times = times

    async def start(self, session: str, request: TurnRequest) -> Turn:
        if not self._times:
            return await super().start(session, request)
        self._times -= 1
        if self._takes_it:
            await super().start(session, request)
        raise ConnectFailed("cut")


@pytest.mark.parametrize("takes_it", [False, True])
async def test_a_message_is_said_once_even_if_the_line_breaks_with_it(takes_it: bool) -> None:
    backend = ScriptedBackend(MODEL)
    backend.sessions = Losing(backend, takes_it=takes_it)
    async with opened(backend) as (app, pilot):
        backend.reply(chunk("hello"), final())
        await write(pilot, "hi")
        await until(pilot, lambda: said(app) == ["hi", "hello"] and not app.turns.running)
        (session,) = backend.sessions.stored.values()
        assert [message.content for message in session.messages] == ["hi", "hello"]
        assert app.panes.chat.prompt.text == ""


async def test_a_message_that_waits_for_the_line_can_be_taken_back() -> None:
    backend = ScriptedBackend(MODEL)
    backend.sessions = Losing(backend, takes_it=False, times=math.inf)
    async with opened(backend) as (app, pilot):
        await write(pilot, "hi")
        await press(pilot, "escape")
        await until(pilot, lambda: not app.turns.running)
        assert app.panes.chat.prompt.text == "hi"
        assert said(app) == []
