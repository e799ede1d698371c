"""The SQLite file of the sessions: opened, checked, and used by one thread.

The standard library's `sqlite3` and nothing above it: an ORM would add tens of megabytes to an idle daemon, and
`aiosqlite` hands over one statement at a time, so that a cancelled caller could leave half a transaction open. Here a
whole transaction is handed to the thread, and ends there whatever becomes of its caller.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from backend.errors import StoreError
from backend.files import disk_errors, make_private_folders

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

P = ParamSpec("P")
T = TypeVar("T")
_LOCK_S = 2.0  # that a backend which is just ending may hold the file
_FIRST_SCHEMA = """
CREATE TABLE sessions (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, model TEXT NOT NULL, system TEXT NOT NULL, options TEXT NOT NULL,
    think TEXT NOT NULL, tags TEXT NOT NULL, leaf INTEGER NOT NULL DEFAULT 0,
    created_ns INTEGER NOT NULL, updated_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_time ON sessions (updated_ns);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    parent INTEGER NOT NULL, role TEXT NOT NULL, content TEXT NOT NULL, thinking TEXT NOT NULL DEFAULT '',
    tool_calls TEXT NOT NULL DEFAULT '[]', images TEXT NOT NULL DEFAULT '[]', created_ns INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'complete', error TEXT NOT NULL DEFAULT '', model TEXT NOT NULL DEFAULT '',
    done_reason TEXT NOT NULL DEFAULT '', prompt_tokens INTEGER NOT NULL DEFAULT 0, tokens INTEGER NOT NULL DEFAULT 0,
    total_ns INTEGER NOT NULL DEFAULT 0, load_ns INTEGER NOT NULL DEFAULT 0, prompt_ns INTEGER NOT NULL DEFAULT 0,
    decode_ns INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX messages_by_session ON messages (session, parent);
CREATE INDEX messages_running ON messages (id) WHERE state = 'running';
CREATE TABLE pieces (
    message INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE, first INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (message, first)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE found USING fts5 (
    content, content = 'messages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER messages_added AFTER INSERT ON messages BEGIN
    INSERT INTO found (rowid, content) VALUES (new.id, new.content);
END;
CREATE TRIGGER messages_removed AFTER DELETE ON messages BEGIN
    INSERT INTO found (found, rowid, content) VALUES ('delete', old.id, old.content);
END;
CREATE TRIGGER messages_changed AFTER UPDATE OF content ON messages BEGIN
    INSERT INTO found (found, rowid, content) VALUES ('delete', old.id, old.content);
    INSERT INTO found (rowid, content) VALUES (new.id, new.content);
END;
"""


_LOGPROBS = """
ALTER TABLE sessions ADD COLUMN top_logprobs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN prefix INTEGER NOT NULL DEFAULT 0;
CREATE TABLE logprobs (
    message INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE, first INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (message, first)
) WITHOUT ROWID;
"""
_STEPS = (_FIRST_SCHEMA, _LOGPROBS)  # from each version to the next


class Database:
    """`async with Database.open(path) as database`; then `await database.run(function, …)`."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Database]:
        """The database at `path`, made if there is none; at the end everything is in that one file.

        Raises `StoreError` if it is damaged, made by a newer version, used by another backend, or cannot be read.
        """
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "sessions") as thread:
            connection = await loop.run_in_executor(thread, _open, path)
            try:
                yield cls(connection, thread)
            finally:
                await loop.run_in_executor(thread, _close, connection)

    async def run(
        self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `function(connection, …)` returns, as one transaction. It is durable when this returns.

        Raises what it raises, with nothing changed, and `StoreError` if the file or the disk is at fault.
        """

        def transaction() -> T:
            with _sqlite_errors("use the sessions"), self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                return function(self._connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, transaction)


def _open(path: Path) -> sqlite3.Connection:
    with disk_errors("open the sessions"):
        make_private_folders(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    was_closed = not path.with_name(f"{path.name}-wal").exists()
    with _sqlite_errors(f"open the sessions in {path.name}"):
        connection = sqlite3.connect(path, timeout=_LOCK_S, isolation_level=None)
        try:
            _prepare(connection, was_closed=was_closed)
        except BaseException:
            connection.close()
            raise
        return connection


def _prepare(connection: sqlite3.Connection, *, was_closed: bool) -> None:
    connection.row_factory = sqlite3.Row
    for pragma in (
        "locking_mode = EXCLUSIVE",  # a second backend would take the turns of the first for interrupted ones
        "journal_mode = WAL",
        "synchronous = FULL",  # what was acknowledged survives the loss of power too
        "foreign_keys = ON",
        "journal_size_limit = 4194304",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("COMMIT")  # the lock is held from now on
    if not was_closed and (problem := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise StoreError(f"the database of the sessions is damaged ({problem}); move it away or restore a copy of it")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(_STEPS):
        raise StoreError("the database of the sessions was made by a newer version of Puna; use that one")
    for number, step in enumerate(_STEPS[version:], version + 1):
        connection.executescript(f"BEGIN;{step}PRAGMA user_version = {number};COMMIT;")


def _close(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


@contextmanager
def _sqlite_errors(action: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            text = "another backend uses them; stop it, or set PUNA_STATE to another folder"
            raise StoreError(f"cannot {action}: {text}") from error
        if code == sqlite3.SQLITE_FULL:
            raise StoreError(f"cannot {action}: the disk is full; free space", status=507) from error
        raise StoreError(f"cannot {action}: {error}") from error
