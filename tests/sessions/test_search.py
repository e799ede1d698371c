"""Full-text search through titles and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.wire.sessions import NewSession, SessionChange, TurnRequest

if TYPE_CHECKING:
    from backend.sessions.store import SessionStore


@pytest.fixture
async def session(store: SessionStore) -> str:
    """With one message."""
    made = await store.create(NewSession(title="Über Parser", model="m"))
    await store.begin(made.id, TurnRequest(content='Why does the café\'s tokenizer drop a "newline" at the end?'))
    return made.id


async def found(store: SessionStore, query: str) -> list[tuple[int, list[str]]]:
    """Message and what was marked, of every hit."""
    return [(hit.message, [hit.snippet[begin:end] for begin, end in hit.matches]) for hit in await store.search(query)]


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("TOKENIZER", ["tokenizer"]),
        ("cafe end", ["café", "end"]),
        ("token", ["tokenizer"]),
        ('"newline" drop', ["drop", "newline"]),
        ("tokenizer missing", None),
        ("kenizer", None),
        ("tok drop", None),  # only the last word may be a beginning
    ],
)
async def test_messages_are_found(store: SessionStore, session: str, query: str, marked: list[str] | None) -> None:
    assert {hit.session for hit in await store.search(query)} <= {session}
    assert [sorted(words) for _, words in await found(store, query)] == ([] if marked is None else [marked])


async def test_titles_come_first(store: SessionStore, session: str) -> None:
    await store.begin(session, TurnRequest(content="another parser", parent=0))
    (title, message) = await store.search("parser")
    assert (title.message, title.snippet, title.matches) == (0, "Über Parser", [(5, 11)])
    assert (message.role, message.title, message.matches) == ("user", "Über Parser", [(8, 14)])
    assert len(await store.search("parser", limit=1)) == 1
    assert [hit.message for hit in await store.search("ÜBER pars")] == [0]


async def test_what_was_changed_or_removed_is_no_longer_found(store: SessionStore, session: str) -> None:
    message = (await store.read(session)).messages[0].id
    await store.edit(session, message, "quite different")
    assert await found(store, "tokenizer") == []
    assert await found(store, "different") == [(message, ["different"])]
    await store.change(session, SessionChange(title="new"))
    assert await found(store, "parser") == []
    await store.delete(session)
    assert await found(store, "different") == []


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    "query",
    ["", " ", '"', '""', "*", "a AND", "NOT x", "content:x", "x\0y", "(", "^", "-", "\u202e", "a" * 5000, "[" * 99],
)
async def test_no_query_is_an_error(store: SessionStore, query: str) -> None:
    assert await store.search(query) == []
