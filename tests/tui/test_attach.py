"""A reply is followed to its end, whatever becomes of the line."""

from __future__ import annotations

from backend.errors import ConnectFailed
from tests.tui.opened import opened, said, settle, shown, until, write
from tests.tui.scripted import ScriptedBackend, chunk, final
from tests.tui.scripted_sessions import failed

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
