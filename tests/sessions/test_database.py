"""The file of the sessions: opened, shared, damaged."""

from __future__ import annotations

import sqlite3
import stat
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadRequest, StoreError
from backend.events import Changes
from backend.sessions import database as database_module
from backend.sessions.database import Database
from backend.sessions.store import SessionStore
from backend.wire.sessions import SessionChange

if TYPE_CHECKING:
    from pathlib import Path


def insert(connection: sqlite3.Connection, title: str, *, fail: bool = False) -> None:
    names = "id, title, model, system, options, think, tags, created_ns, updated_ns"
    row = (title, title, "", "", "{}", "null", "[]", 0, 0)
    connection.execute(f"INSERT INTO sessions ({names}) VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
    if fail:
        raise BadRequest("no")


def titles(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT title FROM sessions")]


async def test_it_is_private_and_one_file_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "state" / "sessions.db"
    async with Database.open(path) as database:
        await database.run(insert, "a")
        assert {file.stat().st_mode & stat.S_IRWXO for file in path.parent.iterdir()} == {0}
        assert {file.stat().st_mode & stat.S_IRWXG for file in path.parent.iterdir()} == {0}
    assert [file.name for file in path.parent.iterdir()] == ["sessions.db"]
    async with Database.open(path) as database:
        assert await database.run(titles) == ["a"]


async def test_a_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "s.db") as database:
        with pytest.raises(BadRequest):
            await database.run(insert, "a", fail=True)
        assert await database.run(titles) == []


async def test_a_full_disk_is_told_and_recovered_from(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "s.db") as database:
        (pages,) = await database.run(lambda connection: connection.execute("PRAGMA page_count").fetchone())
        await database.run(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchone())
        with pytest.raises(StoreError, match="the disk is full") as caught:
            await database.run(insert, "x" * 100_000)
        assert caught.value.status == 507
        await database.run(lambda connection: connection.execute("PRAGMA max_page_count = 1000000").fetchone())
        await database.run(insert, "a")
        assert await database.run(titles) == ["a"]


async def test_a_second_backend_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.sessions.database._LOCK_S", 0.05)
    async with Database.open(tmp_path / "s.db") as database:
        with pytest.raises(StoreError, match="another backend uses them"):
            async with Database.open(tmp_path / "s.db"):
                pass
        await database.run(insert, "a")


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to be one" * 100, b"SQLite format 3\0" * 300]
)
async def test_what_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"cannot open the sessions in s\.db"):
        async with Database.open(path):
            pass
    assert path.read_bytes() == content


async def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    async with Database.open(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        async with Database.open(path):
            pass


async def test_a_file_of_an_older_version_is_brought_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.db"
    steps = database_module._STEPS
    monkeypatch.setattr(database_module, "_STEPS", steps[:1])
    async with Database.open(path) as database:
        await database.run(insert, "a")
    monkeypatch.setattr(database_module, "_STEPS", steps)
    async with SessionStore.open(path, Changes()) as store:
        assert [session.title for session in await store.summaries()] == ["a"]
        assert (await store.change("a", SessionChange(top_logprobs=3))).top_logprobs == 3


async def test_damage_is_found_after_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    async with Database.open(path) as database:
        for number in range(200):
            await database.run(insert, f"{number} " + "x" * 500)
    data = bytearray(path.read_bytes())
    begin = len(data) - 8192
    data[begin : begin + 8192] = b"\xa5" * 8192
    path.write_bytes(data)
    path.with_name("s.db-wal").touch()
    with pytest.raises(StoreError, match=r"damaged|malformed"):
        async with Database.open(path):
            pass


async def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    (tmp_path / "s.db").symlink_to("other")
    with pytest.raises(StoreError, match="cannot open the sessions"):
        async with Database.open(tmp_path / "s.db"):
            pass
