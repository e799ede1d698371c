"""One prompt to several columns: a session whose branches they are."""

from __future__ import annotations

import asyncio

import pytest

from backend.errors import BackendError, ConnectFailed
from backend.wire.sessions import Turn, TurnRequest
from tests.tui.scripted_sessions import ScriptedSessions, chunk, failed, final
from tui.compare.column import Column
from tui.compare.comparison import Comparison


class Line:
    """Sessions of a backend, a comparison over them, and what that told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, object]] = []
        self.sessions = ScriptedSessions(lambda name, what: self.calls.append((name, what)), lambda: None)
        self.columns = [Column("m"), Column("n", {"seed": 7})]
        self.changed = asyncio.Event()
        self.comparison = Comparison(
            self.columns, lambda: self.sessions, lambda: 5.0, lambda _: self.changed.set(), retry_s=(0.0,)
        )

    async def asked(self, text: str = "why?") -> asyncio.Task[None]:
        """Every column has been asked."""
        before = [column.turn for column in self.columns]
        asking = asyncio.create_task(self.comparison.ask(text, "be brief", None))
        async with asyncio.timeout(5):
            while any(column.turn in (0, old) for column, old in zip(self.columns, before, strict=True)):
                self.changed.clear()
                await self.changed.wait()
        return asking


@pytest.fixture
def line() -> Line:
    return Line()


async def test_each_column_is_a_branch_of_one_session(line: Line) -> None:
    asking = await line.asked()
    one, two = line.columns
    line.sessions.say(two.turn, chunk("two"), final())
    line.sessions.say(one.turn, chunk(thinking="hm "), chunk("one"), final())
    await asyncio.wait_for(asking, 5)
    assert [(column.text, column.running) for column in line.columns] == [("one", False), ("two", False)]
    assert one.thinking == "hm "
    (session,) = line.sessions.stored.values()
    assert (session.title, session.system, session.tags, session.model) == ("why?", "be brief", ["compare"], "m")
    prompt, *replies = session.messages
    assert [(reply.parent, reply.model) for reply in replies] == [(prompt.id, "m"), (prompt.id, "n")]
    requests = [what for name, what in line.calls if name == "sessions.start" and isinstance(what, TurnRequest)]
    assert [request.options for request in requests] == [{}, {"seed": 7}]
    assert await line.comparison.take(two) == session.id
    assert (session.leaf, session.model, session.options, session.tags) == (two.turn, "n", {"seed": 7}, [])


async def test_the_same_question_stays_in_its_session_and_another_gets_one(line: Line) -> None:
    for question, sessions, messages in (("why?", 1, 3), ("why?", 1, 5), ("how?", 2, 3)):
        asking = await line.asked(question)
        for column in line.columns:
            line.sessions.say(column.turn, final())
        await asyncio.wait_for(asking, 5)
        stored = list(line.sessions.stored.values())
        assert (len(stored), len(stored[-1].messages)) == (sessions, messages)


async def test_a_line_that_breaks_loses_no_text(line: Line) -> None:
    asking = await line.asked()
    one, two = line.columns
    line.sessions.say(one.turn, chunk("a"), ConnectFailed("gone"), chunk("b"), final())
    line.sessions.say(two.turn, final())
    await asyncio.wait_for(asking, 5)
    assert (one.text, one.error, one.running) == ("ab", "", False)


async def test_a_column_that_fails_leaves_the_others_alone(line: Line) -> None:
    asking = await line.asked()
    one, two = line.columns
    line.sessions.say(one.turn, failed("no memory"))
    line.sessions.say(two.turn, chunk("two"), final())
    await asyncio.wait_for(asking, 5)
    assert (one.error, two.error, two.text) == ("no memory", "", "two")


async def test_a_column_that_cannot_be_asked_says_why_and_the_others_go_on(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = line.sessions.start

    async def start(session: str, request: TurnRequest) -> Turn:
        if request.model == "n":
            raise BackendError("64 turns run already")
        return await started(session, request)

    monkeypatch.setattr(line.sessions, "start", start)
    asking = asyncio.create_task(line.comparison.ask("why?", "", None, "5m"))
    one, two = line.columns
    async with asyncio.timeout(5):
        while not two.error:
            line.changed.clear()
            await line.changed.wait()
    line.sessions.say(one.turn, chunk("one"), final())
    await asyncio.wait_for(asking, 5)
    assert (one.text, two.error, two.running, two.turn) == ("one", "64 turns run already", False, 0)


async def test_stopped_replies_keep_their_text(line: Line) -> None:
    asking = await line.asked()
    line.sessions.say(line.columns[0].turn, chunk("half"))
    await line.comparison.stop()
    await asyncio.wait_for(asking, 5)
    assert line.columns[0].text == "half"
    assert {column.reply.state for column in line.columns if column.reply} == {"cancelled"}


async def test_what_the_backend_refuses_is_raised(line: Line) -> None:
    line.sessions.stored.clear()
    line.comparison.session, line.comparison.asked = "gone", "why?"
    with pytest.raises(BackendError, match="no session 'gone'"):
        await line.comparison.ask("why?", "", None)
    assert not line.comparison.running
