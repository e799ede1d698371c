"""`/puna/v1/sessions` and `/puna/v1/turns`: chats that belong to the backend."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from backend.client import Client
from backend.errors import BadRequest, NotFound
from backend.wire.sessions import (
    ExportedMessage,
    ExportedSession,
    NewSession,
    Session,
    SessionChange,
    TurnEvent,
    TurnRequest,
)
from tests.fakes.backend import add_model, serve
from tests.fakes.observed import asked, is_idle, until

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Wire


async def new(client: Client, settings: Settings) -> str:
    add_model(settings, "m")
    return (await client.sessions.create(NewSession(model="m", system="be brief", options={"seed": 7}))).id


async def followed(client: Client, turn: int, start: int = 0) -> list[TurnEvent]:
    async with asyncio.timeout(10):
        return [event async for event in client.sessions.attach(turn, start)]


def text(events: list[TurnEvent]) -> str:
    return "".join(event.text for event in events)


def said(session: Session) -> list[tuple[str, str, str]]:
    return [(message.role, message.content, message.state) for message in session.messages]


async def test_a_turn_is_stored_and_can_be_followed_at_any_time(
    runners: list[RunnerHandle], client: Client, backend: Settings
) -> None:
    session = await new(client, backend)
    turn = await client.sessions.start(session, TurnRequest(content="Hello «one two three»\nmore"))
    events = await followed(client, turn.id)
    assert (events[0].position, events[0].state, events[-1].state) == (0, "running", "complete")
    assert (text(events), events[-1].position) == ("one two three", 3)
    assert text(await followed(client, turn.id, 1)) == " two three"
    whole = await client.sessions.read(session)
    assert (whole.title, whole.leaf, whole.running) == ("Hello «one two three»", turn.id, [])
    assert [message.parent for message in whole.messages] == [0, turn.prompt]
    assert said(whole)[1] == ("assistant", "one two three", "complete")
    assert (whole.messages[1].tokens, whole.messages[1].done_reason) == (3, "stop")
    (body,) = await asked(runners[0])
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["seed"] == 7


async def test_a_turn_outlives_its_clients(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    async with Client(backend) as other:
        turn = await other.sessions.start(session, TurnRequest(content="@tokens=20 @delay=0.02"))
        async with aclosing(other.sessions.attach(turn.id)) as events:
            assert (await anext(events)).state == "running"
            first = await anext(events)
    rest, again = await asyncio.gather(followed(client, turn.id, first.position), followed(client, turn.id))
    assert first.text + text(rest) == text(again) == "".join(f"t{n} " for n in range(20))


async def test_a_cancelled_turn_keeps_its_text(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    turn = await client.sessions.start(session, TurnRequest(content="@hang=2"))
    async with asyncio.timeout(5), aclosing(client.sessions.attach(turn.id)) as events:
        async for event in events:
            if event.position == 2:
                break
        assert (await client.sessions.read(session)).running == [turn.id]
        with pytest.raises(BadRequest, match="being generated"):
            await client.sessions.remove(session, turn.prompt, descendants=True)
        await client.sessions.cancel(turn.id)
        assert (await anext(events)).state == "cancelled"
    await until(client, is_idle)
    assert said(await client.sessions.read(session))[1] == ("assistant", "t0 t1 ", "cancelled")
    with pytest.raises(NotFound):
        await client.sessions.cancel(turn.id)


async def test_a_turn_says_how_long_its_model_stays(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    turn = await client.sessions.start(session, TurnRequest(content="hi", keep_alive="2h"))
    await followed(client, turn.id)
    snapshot = await until(client, lambda snapshot: is_idle(snapshot) and bool(snapshot.runners))
    assert (snapshot.runners[0].expires_in or 0) > 3600


async def test_a_turn_says_what_form_its_reply_has(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    turn = await client.sessions.start(session, TurnRequest(content="hi", format="yaml"))
    await followed(client, turn.id)
    assert "format" in (await client.sessions.read(session)).messages[1].error


async def test_one_message_is_read_alone(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    turn = await client.sessions.start(session, TurnRequest(content="«one two»"))
    await followed(client, turn.id)
    reply = await client.sessions.message(session, turn.id)
    assert (reply.content, reply.parent, reply.state, reply.tokens) == ("one two", turn.prompt, "complete", 2)
    with pytest.raises(NotFound):
        await client.sessions.message("another", turn.id)


async def test_a_failed_turn_says_why(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    turn = await client.sessions.start(session, TurnRequest(content="@error=1"))
    last = (await followed(client, turn.id))[-1]
    assert last.state == "failed"
    assert "something broke" in last.error
    missing = await client.sessions.start(session, TurnRequest(content="hi", model="missing"))
    assert (await followed(client, missing.id))[-1].error == "model 'missing' not found"


async def test_a_branch_begins_at_any_message(runners: list[RunnerHandle], client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    first = await client.sessions.start(session, TurnRequest(content="a"))
    await followed(client, first.id)
    second = await client.sessions.start(session, TurnRequest(content="b"))
    await followed(client, second.id)
    edited = await client.sessions.start(session, TurnRequest(content="c", parent=first.id))
    again = await client.sessions.start(session, TurnRequest(parent=edited.prompt))
    await followed(client, again.id)
    await followed(client, edited.id)
    parents = {message.id: message.parent for message in (await client.sessions.read(session)).messages}
    assert parents[edited.prompt] == parents[second.prompt] == first.id
    assert parents[again.id] == parents[edited.id] == edited.prompt
    heard = [[message["content"] for message in body["messages"]] for body in await asked(runners[0])]
    reply = "t0 t1 t2 t3 t4 "
    assert sorted(heard[2:]) == [["be brief", "a", reply, "c"]] * 2
    with pytest.raises(BadRequest, match="no message to reply to"):
        await client.sessions.start(session, TurnRequest(parent=first.id))


async def test_messages_are_edited_and_removed(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    turns = [await client.sessions.start(session, TurnRequest(content="«yes» one"))]
    await followed(client, turns[0].id)
    turns.append(await client.sessions.start(session, TurnRequest(content="«no» two")))
    await followed(client, turns[1].id)
    assert (await client.sessions.edit(session, turns[0].id, "perhaps")).content == "perhaps"
    left = await client.sessions.remove(session, turns[0].prompt)
    assert [(message.id, message.parent) for message in left.messages][:2] == [
        (turns[0].id, 0),
        (turns[1].prompt, turns[0].id),
    ]
    left = await client.sessions.remove(session, turns[1].prompt, descendants=True)
    assert (said(left), left.leaf) == ([("assistant", "perhaps", "complete")], turns[0].id)


async def test_sessions_are_listed_changed_and_deleted(client: Client) -> None:
    one = await client.sessions.create(NewSession(title="one", tags=["work"]))
    two = await client.sessions.create(NewSession(title="two"))
    assert [session.title for session in await client.sessions.summaries()] == ["two", "one"]
    await client.sessions.change(one.id, SessionChange(title="uno", options={"top_k": 3}, think="high"))
    changed = await client.sessions.read(one.id)
    assert (changed.title, changed.options, changed.think, changed.tags) == ("uno", {"top_k": 3}, "high", ["work"])
    assert [session.title for session in await client.sessions.summaries()] == ["uno", "two"]
    assert [session.title for session in await client.sessions.summaries(tag="work")] == ["uno"]
    assert [session.title for session in await client.sessions.summaries(limit=1, offset=1)] == ["two"]
    await client.sessions.delete(two.id)
    with pytest.raises(NotFound):
        await client.sessions.read(two.id)


async def test_deleting_a_session_ends_its_turns(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    await client.sessions.start(session, TurnRequest(content="@hang=1"))
    await client.sessions.delete(session)
    await until(client, is_idle)
    assert await client.sessions.summaries() == []


async def test_the_end_of_the_backend_keeps_what_was_said(settings: Settings) -> None:
    ready, stop = asyncio.Event(), asyncio.Event()
    life = asyncio.create_task(serve(settings, ready, stop))
    await ready.wait()
    async with Client(settings) as client:
        session = await new(client, settings)
        turn = await client.sessions.start(session, TurnRequest(content="@hang=3"))
        async for event in client.sessions.attach(turn.id):
            if event.position == 3:
                stop.set()
        assert (event.state, event.position) == ("interrupted", 3)
    await life
    ready, stop = asyncio.Event(), asyncio.Event()
    life = asyncio.create_task(serve(settings, ready, stop))
    await ready.wait()
    async with Client(settings) as client:
        assert said(await client.sessions.read(session))[1] == ("assistant", "t0 t1 t2 ", "interrupted")
        assert text(await followed(client, turn.id, 2)) == "t2 "
    stop.set()
    await life


async def test_sessions_are_searched_exported_and_imported(client: Client, backend: Settings, wire: Wire) -> None:
    session = await new(client, backend)
    turn = await client.sessions.start(session, TurnRequest(content="Look: «a needle here»", images=["AAAA"]))
    await followed(client, turn.id)
    hits = await client.sessions.search("needle here")
    assert {(hit.session, hit.message) for hit in hits} == {(session, 0), (session, turn.prompt), (session, turn.id)}
    document = await client.sessions.export(session)
    restored = await client.sessions.restore(document)
    assert [message.content for message in restored.messages] == ["Look: «a needle here»", "a needle here"]
    reply = restored.messages[1].id
    assert text(await followed(client, reply)) == "a needle here"
    assert "\n## Model (m)\n\na needle here\n" in await client.sessions.export_markdown(restored.id)
    answer = await wire.get(f"/puna/v1/sessions/{session}/export?format=markdown")
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    document.messages[0].images = ["%"]
    with pytest.raises(BadRequest, match="illegal base64"):
        await client.sessions.restore(document)


async def test_a_large_document_is_imported(client: Client) -> None:
    text = "x" * (3 << 20)
    message = ExportedMessage(id=1, parent=0, role="user", content=text, created_at="2026-01-02T03:04:05Z")
    session = await client.sessions.restore(ExportedSession(leaf=1, messages=[message]))
    assert [message.content for message in session.messages] == [text]


async def test_watchers_are_told_of_changes(client: Client) -> None:
    before = (await until(client, lambda _: True)).sessions_revision
    await client.sessions.create(NewSession())
    await until(client, lambda snapshot: snapshot.sessions_revision > before)


async def test_cancelling_the_request_cancels_the_turn(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    turn = await client.sessions.start(session, TurnRequest(content="@hang=1"))
    snapshot = await until(client, lambda snapshot: snapshot.requests and snapshot.requests[0].tokens == 1)
    (request,) = snapshot.requests
    assert (request.kind, request.client) == ("chat", "puna-session")
    await client.cancel(request.id)
    last = (await followed(client, turn.id))[-1]
    assert (last.state, last.position) == ("cancelled", 1)


@pytest.mark.parametrize(
    ("method", "path", "body", "refusal"),
    [
        ("GET", "/puna/v1/sessions/none", b"", (404, "no session 'none'")),
        ("DELETE", "/puna/v1/sessions/none", b"", (404, "no session 'none'")),
        ("POST", "/puna/v1/sessions/none/turns", b'{"content":"x"}', (404, "no session 'none'")),
        ("GET", "/puna/v1/turns/5/stream", b"", (404, "no turn 5")),
        ("GET", "/puna/v1/turns/x/stream", b"", (400, "the turn's id must be a whole number from 0")),
        ("GET", "/puna/v1/turns/5/stream?from=-1", b"", (400, "from must be a whole number from 0")),
        ("GET", "/puna/v1/sessions?limit=x", b"", (400, "limit must be a whole number from 0")),
        ("GET", "/puna/v1/sessions/none/export", b"", (404, "no session 'none'")),
        ("GET", "/puna/v1/sessions/none/export?format=pdf", b"", (400, "format must be json or markdown")),
        ("PATCH", "/puna/v1/sessions/none/messages/1", b'{"content":"x"}', (404, "no message 1 in session 'none'")),
        ("DELETE", "/puna/v1/sessions/none/messages/1", b"", (404, "no message 1 in session 'none'")),
        ("DELETE", "/puna/v1/sessions/none/messages/1?descendants=x", b"", (400, "descendants must be true or false")),
        ("POST", "/puna/v1/turns/5/cancel", b"", (404, "no running turn 5")),
        ("POST", "/puna/v1/sessions", b'{"think":5}', (400, "think must be a boolean or a string")),
        ("POST", "/puna/v1/sessions", b'{"tags":[""]}', (400, "a session has at most 32 tags of 1 to 64 characters")),
    ],
)
async def test_what_cannot_be_served_is_refused(
    wire: Wire, method: str, path: str, body: bytes, refusal: tuple[int, str]
) -> None:
    assert (await wire.send(method, path, body)).refusal == refusal
