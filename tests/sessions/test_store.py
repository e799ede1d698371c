"""Sessions on disk: what a turn leaves behind, bounds, and who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backend.errors import BadRequest, NotFound
from backend.events import Changes
from backend.sessions import tree
from backend.sessions.reply import Batch, Token, encode
from backend.sessions.store import SessionStore
from backend.wire.sessions import NewSession, SessionChange, TurnRequest

if TYPE_CHECKING:
    from pathlib import Path

WORDS = [Token(thinking="hm "), Token("one "), Token("two")]


async def begun(store: SessionStore, content: str = "hi") -> tuple[str, int]:
    session = await store.create(NewSession(model="m"))
    turn, _ = await store.begin(session.id, TurnRequest(content=content))
    return session.id, turn.id


async def test_a_running_reply_shows_what_is_stored_of_it(store: SessionStore) -> None:
    session, reply = await begun(store)
    await store.keep(reply, Batch(0, encode(WORDS[:2])))
    message = (await store.read(session)).messages[1]
    assert (message.content, message.thinking, message.state) == ("one ", "hm ", "running")
    (document,) = [message for message in (await store.export(session)).messages if message.id == reply]
    assert (document.content, document.state) == ("one ", "interrupted")


async def test_pieces_that_come_twice_count_once(store: SessionStore) -> None:
    session, reply = await begun(store)
    await store.keep(reply, Batch(0, encode(WORDS[:1])))
    await store.keep(reply, Batch(1, encode(WORDS[1:2])))  # and its caller was cancelled meanwhile
    await store.finish(reply, Batch(1, encode(WORDS[1:])), {"state": "complete"})
    assert (await store.read(session)).messages[1].content == "one two"
    assert (await store.ended(reply))[1] == WORDS


async def test_what_a_killed_backend_left_is_interrupted(tmp_path: Path) -> None:
    async with SessionStore.open(tmp_path / "s.db", Changes()) as store:
        session, reply = await begun(store)
        await store.keep(reply, Batch(0, encode(WORDS)))
    async with SessionStore.open(tmp_path / "s.db", Changes()) as store:
        message = (await store.read(session)).messages[1]
        assert (message.content, message.thinking, message.state) == ("one two", "hm ", "interrupted")
        assert message.error == "the backend ended"


async def test_an_edited_reply_is_followed_as_it_is_now(store: SessionStore) -> None:
    session, reply = await begun(store)
    await store.finish(reply, Batch(0, encode(WORDS)), {"state": "complete"})
    await store.edit(session, reply, "three")
    assert (await store.ended(reply))[1] == [Token("three", "hm ")]


async def test_the_end_of_a_reply_that_was_deleted_is_no_error(store: SessionStore) -> None:
    session, reply = await begun(store)
    await store.delete(session)
    await store.finish(reply, Batch(0, encode(WORDS)), {"state": "complete"})
    with pytest.raises(NotFound):
        await store.ended(reply)


async def test_a_reply_without_text_is_no_part_of_the_conversation(store: SessionStore) -> None:
    session, reply = await begun(store)
    await store.finish(reply, Batch(0, encode([])), {"state": "failed"})
    _, chat = await store.begin(session, TurnRequest(content="again"))
    assert [(message.role, message.content) for message in chat.messages] == [("user", "hi"), ("user", "again")]


async def test_the_turn_has_the_last_word_on_model_and_options(store: SessionStore) -> None:
    new = NewSession(model="m", options={"seed": 1, "top_k": 2}, think="high")
    session = (await store.create(new)).id
    _, chat = await store.begin(session, TurnRequest(content="x", model="other", options={"seed": 3}))
    assert (chat.model, chat.options, chat.think) == ("other", {"seed": 3, "top_k": 2}, "high")
    await store.change(session, SessionChange(think=""))
    assert (await store.begin(session, TurnRequest(content="x", parent=0)))[1].think is None


async def test_changes_are_told_and_partial_text_is_none(store: SessionStore, changes: Changes) -> None:
    _, reply = await begun(store)
    assert (store.revision, changes.revision) == (2, 2)
    await store.keep(reply, Batch(0, encode(WORDS)))
    await store.read((await store.summaries())[0].id)
    assert store.revision == 2
    await store.finish(reply, Batch(0, encode(WORDS)), {"state": "complete"})
    assert (store.revision, changes.revision) == (3, 3)


@pytest.mark.parametrize(
    ("request_of_turn", "why"),
    [
        (TurnRequest(), "no message to reply to"),
        (TurnRequest(content=""), "the message is empty"),
        (TurnRequest(content="x"), "the session has no model"),
        (TurnRequest(content="x" * 21, model="m"), "at most 20 characters"),
    ],
)
async def test_a_turn_that_cannot_be_leaves_nothing(
    store: SessionStore, monkeypatch: pytest.MonkeyPatch, request_of_turn: TurnRequest, why: str
) -> None:
    monkeypatch.setattr(tree, "MAX_TEXT", 20)
    session = (await store.create(NewSession())).id
    with pytest.raises(BadRequest, match=why):
        await store.begin(session, request_of_turn)
    assert (await store.read(session)).messages == []


async def test_nothing_follows_a_reply_that_is_still_running(store: SessionStore) -> None:
    session, _ = await begun(store)
    with pytest.raises(BadRequest, match="still being generated"):
        await store.begin(session, TurnRequest(content="and?"))


async def test_a_session_has_an_end(store: SessionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_MESSAGES", 3)
    session, _ = await begun(store)
    with pytest.raises(BadRequest, match="at most 3 messages"):
        await store.begin(session, TurnRequest(content="more", parent=0))


@pytest.mark.parametrize(
    "fields",
    [{"title": "x" * 501}, {"model": "x" * 501}, {"options": {"stop": ["x" * 70_000]}}, {"tags": ["x"] * 33}],
)
async def test_fields_have_bounds(store: SessionStore, fields: dict[str, Any]) -> None:
    session = (await store.create(NewSession())).id
    with pytest.raises(BadRequest):
        await store.create(NewSession(**fields))
    with pytest.raises(BadRequest):
        await store.change(session, SessionChange(**fields))
    with pytest.raises(NotFound):
        await store.change(session, SessionChange(leaf=5))


async def test_a_long_conversation_is_removed_in_one_go(store: SessionStore) -> None:
    session, reply = await begun(store)
    document = await store.export(session)
    first = document.messages[0]
    document.messages = [
        type(first)(id=n, parent=n - 1, role="user", content=f"{n}", created_at=first.created_at)
        for n in range(1, 3001)
    ]
    document.leaf = 3000
    restored = await store.restore(document)
    assert len(restored.messages) == 3000
    left = await store.remove(restored.id, restored.messages[0].id, descendants=True)
    assert (left.messages, left.leaf) == ([], 0)
    await store.delete(restored.id)
    assert (await store.read(session)).leaf == reply
