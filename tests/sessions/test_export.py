"""A session as a document, out and in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from backend.errors import BadRequest
from backend.sessions import logprobs
from backend.sessions.export import markdown
from backend.sessions.reply import Batch, Token, encode
from backend.wire.ollama import Logprob, TokenLogprob, ToolCall, ToolCallFunction
from backend.wire.sessions import ExportedMessage, ExportedSession, NewSession, SessionChange, TurnRequest

if TYPE_CHECKING:
    from backend.sessions.store import SessionStore

NEW = NewSession(
    title="On\nparsers", model="m", system="be brief", options={"seed": 1}, think="low", tags=["a"], top_logprobs=2
)
OTHER = TokenLogprob(token="So", logprob=-2.0, bytes=[83, 111])  # noqa: S106 # of a model
LOGPROB = Logprob(token="Because.", logprob=-0.5, bytes=list(b"Because."), top_logprobs=[OTHER])  # noqa: S106
PACKED = [logprobs.pack(logprobs.Record.of(1, [LOGPROB]))]
CALL = ToolCall(function=ToolCallFunction(name="look", arguments={"at": 1}))
MARKDOWN = """# On parsers

## System

be brief

## You

why?

*images: 1*

## Model (m)

> hm
> so

Because.

```json
{"name":"look","arguments":{"at":1}}
```

*failed: it broke*
"""


def document(**fields: Any) -> ExportedMessage:
    given: dict[str, Any] = {"id": 1, "parent": 0, "role": "user", "content": "x", "created_at": "2026-01-01T00:00:00Z"}
    return ExportedMessage(**given | fields)


@pytest.fixture
async def session(store: SessionStore) -> str:
    """Two branches, of which the first is to go on."""
    session = (await store.create(NEW)).id
    turn, _ = await store.begin(session, TurnRequest(content="why?", images=["AAAA"]))
    calls = msgspec.json.encode([CALL]).decode()
    end = {"state": "failed", "error": "it broke", "tool_calls": calls, "tokens": 2}
    await store.finish(
        turn.id, Batch(0, encode([Token(thinking="hm\nso\n"), Token("Because.")]), logprobs.joined(PACKED)), end
    )
    other, _ = await store.begin(session, TurnRequest(content="how?", parent=0))
    await store.finish(other.id, Batch(0, encode([Token("So.")])), {"state": "complete"})
    await store.change(session, SessionChange(leaf=turn.id))
    return session


async def test_a_document_makes_the_same_session_again(store: SessionStore, session: str) -> None:
    exported = await store.export(session)
    body = msgspec.json.encode(exported)
    restored = await store.restore(msgspec.json.decode(body, type=ExportedSession))
    assert restored.id != session
    again = await store.export(restored.id)
    moved = {0: 0} | {old.id: new.id for old, new in zip(exported.messages, again.messages, strict=True)}
    assert again.leaf == moved[exported.leaf]
    for old, new in zip(exported.messages, again.messages, strict=True):
        old.id, old.parent = moved[old.id], moved[old.parent]
        old.created_at = new.created_at  # whole microseconds alone survive
        assert new == old
    exported.leaf = again.leaf
    assert again == exported
    assert again.messages[0].images == ["AAAA"]
    assert again.messages[1].logprobs == [LOGPROB]
    (token,) = (await store.tokens(restored.id, again.messages[1].id)).tokens
    assert (token.token, token.start, token.top_logprobs) == ("Because.", 0, [OTHER])


async def test_markdown_has_the_branch_that_goes_on(store: SessionStore, session: str) -> None:
    assert markdown(await store.export(session)) == MARKDOWN


def test_markdown_of_nothing() -> None:
    assert markdown(ExportedSession()) == "# Untitled\n"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"version": 2}, "version 2"),
        ({"leaf": 1}, "the leaf 1 is no message"),
        ({"title": "x" * 501}, "the title is longer"),
        ({"messages": [document(), document()]}, "an id of its own"),
        ({"messages": [document(id=0)]}, "an id of its own"),
        ({"messages": [document(parent=1)]}, "come after its parent"),
        ({"messages": [document(parent=2), document(id=2, parent=1)]}, "come after its parent"),
        ({"messages": [document(role="boss")]}, "unknown role or state"),
        ({"messages": [document(state="running")]}, "unknown role or state"),
        ({"messages": [document(logprobs=[LOGPROB])]}, "but is no reply"),
        *(
            ({"messages": [document(created_at=text)]}, "created_at is no time")
            for text in ("", "yesterday", "2026-01-01T00:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59")
        ),
    ],
)
async def test_a_document_that_cannot_be_is_refused(store: SessionStore, fields: dict[str, Any], why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        await store.restore(ExportedSession(**fields))
    assert await store.summaries() == []
