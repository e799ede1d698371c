"""Turns belong to the backend: who asks for them, follows them or goes away does not matter to them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from backend.errors import BackendError, NotFound, QueueFull
from backend.sessions import turns as turns_module
from backend.sessions.reply import Finish, Token, joined
from backend.sessions.turns import Turns
from backend.wire.ollama import ToolCall, ToolCallFunction
from backend.wire.sessions import NewSession, Session, TurnEvent, TurnRequest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from backend.events import Changes
    from backend.sessions.store import SessionStore
    from backend.wire.ollama import ChatRequest

ASK = TurnRequest(content="go", model="m")
CALL = ToolCall(function=ToolCallFunction(name="look", arguments={"at": 1}))


class Speaker:
    """Says two words, and when it may go on what the last message says: `fail`, `break`, or a third word."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()

    async def generate(self, request: ChatRequest) -> AsyncGenerator[Token | Finish, None]:
        yield Token(thinking="hm ")
        yield Token("one ")
        await self.go_on.wait()
        asked = request.messages[-1].content
        if asked == "fail":
            raise BackendError("no luck")
        if asked == "break":
            raise ZeroDivisionError
        yield Token("two")
        yield Finish("stop", tokens=3, tool_calls=[CALL])


@pytest.fixture
def speaker() -> Speaker:
    return Speaker()


@pytest.fixture
async def turns(store: SessionStore, speaker: Speaker) -> AsyncIterator[Turns]:
    made = Turns(store, speaker.generate)
    yield made
    await made.close()


@pytest.fixture
async def session(store: SessionStore) -> str:
    return (await store.create(NewSession())).id


async def followed(turns: Turns, turn: int, start: int = 0) -> list[TurnEvent]:
    async with asyncio.timeout(5):
        return [event async for event in turns.events(turn, start)]


async def settled(store: SessionStore, changes: Changes, session: str) -> Session:
    """The session as soon as it has messages and none of them is running."""
    async with asyncio.timeout(5):
        while True:
            seen = changes.revision
            read = await store.read(session)
            if read.messages and not read.running:
                return read
            await changes.wait(seen)


async def test_many_follow_one_turn_each_at_its_own_pace(turns: Turns, speaker: Speaker, session: str) -> None:
    turn = await turns.start(session, ASK)
    async with aclosing(turns.events(turn.id, 0)) as slow:
        await anext(slow)
        quick = asyncio.create_task(followed(turns, turn.id))
        late = asyncio.create_task(followed(turns, turn.id, 2))
        speaker.go_on.set()
        assert (await quick)[-1] == (await late)[-1] == TurnEvent(position=3, state="complete")
        rest = [event async for event in slow]
    assert "".join(event.text for event in rest) == "one two"
    assert rest[-1].state == "complete"
    again = await followed(turns, turn.id)
    assert [(event.position, event.thinking, event.text) for event in again[1:-1]] == [(3, "hm ", "one two")]


async def test_who_asks_for_more_than_there_is_is_told(turns: Turns, speaker: Speaker, session: str) -> None:
    turn = await turns.start(session, ASK)
    speaker.go_on.set()
    await followed(turns, turn.id)
    assert await followed(turns, turn.id, 99) == [
        TurnEvent(position=3, state="running"),
        TurnEvent(position=3, state="complete"),
    ]


async def test_a_caller_that_goes_away_at_once_leaves_its_turn(
    turns: Turns, speaker: Speaker, store: SessionStore, changes: Changes, session: str
) -> None:
    starting = asyncio.create_task(turns.start(session, ASK))
    await asyncio.sleep(0)  # it has begun
    starting.cancel()
    await asyncio.wait([starting])
    speaker.go_on.set()
    reply = (await settled(store, changes, session)).messages[1]
    assert (reply.content, reply.thinking, reply.state, reply.tokens) == ("one two", "hm ", "complete", 3)


async def test_tool_calls_are_stored_and_exported(
    turns: Turns, speaker: Speaker, store: SessionStore, session: str
) -> None:
    turn = await turns.start(session, ASK)
    speaker.go_on.set()
    await followed(turns, turn.id)
    assert (await store.read(session)).messages[1].tool_calls == [CALL]
    assert (await store.export(session)).messages[1].tool_calls == [CALL]
    _, chat = await store.begin(session, TurnRequest(content="and?", model="m"))
    assert chat.messages[1].tool_calls == [CALL]


@pytest.mark.parametrize(("asked", "error"), [("fail", "no luck"), ("break", "the backend failed; its log says why")])
async def test_a_failure_keeps_what_was_said(
    turns: Turns, speaker: Speaker, store: SessionStore, session: str, asked: str, error: str
) -> None:
    turn = await turns.start(session, TurnRequest(content=asked, model="m"))
    speaker.go_on.set()
    assert (await followed(turns, turn.id))[-1] == TurnEvent(position=2, state="failed", error=error)
    reply = (await store.read(session)).messages[1]
    assert (reply.content, reply.state, reply.error) == ("one ", "failed", error)


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        (" short\nand more", "short"),
        ("x" * 60, "x" * 60),
        (f"{'word ' * 11}cutting", f"{'word ' * 10}word…"),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
async def test_a_session_is_named_after_its_first_message(
    turns: Turns, store: SessionStore, session: str, asked: str, title: str
) -> None:
    await turns.start(session, TurnRequest(content=asked, model="m"))
    assert (await store.read(session)).title == title


async def test_a_turn_can_be_cancelled_before_it_has_begun(turns: Turns, store: SessionStore, session: str) -> None:
    turn = await turns.start(session, ASK)
    await asyncio.gather(turns.cancel(turn.id), turns.cancel(turn.id))
    assert (await store.read(session)).messages[1].state == "cancelled"
    with pytest.raises(NotFound):
        await turns.cancel(turn.id)


async def test_turns_are_bounded_in_number(
    turns: Turns, speaker: Speaker, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns_module, "MAX_TURNS", 1)
    turn = await turns.start(session, ASK)
    with pytest.raises(QueueFull, match="1 turns run already"):
        await turns.start(session, ASK)
    speaker.go_on.set()
    await followed(turns, turn.id)
    await turns.start(session, ASK)


async def test_the_end_of_the_backend_interrupts(turns: Turns, store: SessionStore, session: str) -> None:
    turn = await turns.start(session, ASK)
    async with aclosing(turns.events(turn.id, 0)) as events:
        while (event := await anext(events)).position < 2:
            pass
        await turns.close()
        assert await anext(events) == TurnEvent(position=2, state="interrupted", error="the backend ended")
    assert (await store.read(session)).messages[1].content == "one "
    with pytest.raises(BackendError, match="shutting down"):
        await turns.start(session, ASK)
    assert event.text == "one "


def test_neighbours_are_joined_but_thinking_never_follows_text() -> None:
    tokens = [Token(thinking="a"), Token(thinking="b"), Token("c"), Token("d"), Token(thinking="e"), Token("f")]
    assert list(joined(tokens, 10)) == [(14, Token("cd", "ab")), (16, Token("f", "e"))]
    assert list(joined([], 3)) == []
