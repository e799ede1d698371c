"""Replies that end while the disk is full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.errors import StoreError
from backend.events import Changes
from backend.sessions.database import Database
from backend.sessions.reply import Batch, Token, encode
from backend.sessions.store import SessionStore
from backend.wire.sessions import NewSession, SessionChange, TurnRequest

if TYPE_CHECKING:
    from pathlib import Path

REST = "x" * 200_000


async def set_size(database: Database, pages: str) -> None:
    await database.run(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchone())


async def test_an_end_that_a_full_disk_did_not_take_is_told_and_stored_later(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "s.db") as database:
        store = SessionStore(database, Changes(), lambda: 1)
        session = (await store.create(NewSession(model="m"))).id
        turn, _ = await store.begin(session, TurnRequest(content="hi"))
        await store.keep(turn.id, Batch(0, encode([Token("one ")])))
        await set_size(database, "1")
        with pytest.raises(StoreError, match="the disk is full"):
            await store.finish(turn.id, Batch(1, encode([Token(REST)])), {"state": "complete"})
        (listed,) = await store.summaries()
        read = await store.read(session)
        assert listed.running == read.running == []
        for reply in (read.messages[1], (await store.export(session)).messages[1], (await store.ended(turn.id))[0]):
            assert (reply.content, reply.state) == ("one " + REST, "failed")
            assert "the disk is full" in reply.error
        await set_size(database, "1000000")
        await store.change(session, SessionChange(title="again"))
        assert [(m.state, m.error) for m in (await store.read(session)).messages] == [("complete", "")] * 2
        assert (await store.ended(turn.id))[1] == [Token("one "), Token(REST)]
