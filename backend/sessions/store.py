"""Sessions on disk: every method is one transaction, durable when it returns."""

from __future__ import annotations

import secrets
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import msgspec

from backend.errors import StoreError
from backend.sessions import export, journal, logprobs, rows, tree
from backend.sessions.database import Database
from backend.sessions.endings import Endings
from backend.sessions.search import search

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path
    from sqlite3 import Connection

    from backend.events import Changes
    from backend.sessions.logprobs import Record
    from backend.sessions.reply import Batch, Token
    from backend.wire.ollama import ChatRequest
    from backend.wire.sessions import (
        ExportedSession,
        Hit,
        MessageTokens,
        MessageView,
        NewSession,
        Session,
        SessionChange,
        SessionSummary,
        Turn,
        TurnRequest,
    )

P = ParamSpec("P")
T = TypeVar("T")


class SessionStore:
    """`revision` grows with every change, and watchers of `changes` are told of it; partial text is no change.

    Every method raises `StoreError` if the disk is at fault, and `NotFound` for what is not there.
    """

    def __init__(self, database: Database, changes: Changes, clock: Callable[[], int]) -> None:
        self.revision = 0
        self._database = database
        self._changes = changes
        self._clock = clock
        self._endings = Endings(database)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, changes: Changes, clock: Callable[[], int] = time.time_ns
    ) -> AsyncIterator[SessionStore]:
        """The sessions at `path`. Replies that a killed backend left unfinished become interrupted ones.

        `clock` gives unix nanoseconds.
        """
        async with Database.open(path) as database:
            await database.run(journal.interrupt)
            store = cls(database, changes, clock)
            try:
                yield store
            finally:
                with suppress(StoreError):
                    await store._endings.store()

    async def create(self, new: NewSession) -> Session:
        """Raises `BadRequest` for values out of bounds."""
        values = msgspec.structs.asdict(new)
        rows.check(values)
        return await self._change(_create, secrets.token_hex(8), values, self._clock())

    async def summaries(self, tag: str = "", limit: int = 100, offset: int = 0) -> list[SessionSummary]:
        """Sessions, those with `tag` if one is given, the last changed first."""
        found = await self._database.run(rows.summaries, tag, limit, offset)
        for summary in found:
            self._endings.show(summary)
        return found

    async def read(self, session: str) -> Session:
        """A session with all its messages, without their images."""
        return self._shown(await self._database.run(rows.read, session))

    async def search(self, query: str, limit: int = 100) -> list[Hit]:
        """Titles, then messages with all words of the query."""
        return await self._database.run(search, query, limit)

    async def change(self, session: str, change: SessionChange) -> Session:
        """Raises `BadRequest` for values out of bounds."""
        values = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
        rows.check(values)
        return self._shown(await self._change(rows.change, session, values, self._clock()))

    async def delete(self, session: str) -> None:
        """Remove a session and its messages."""
        await self._change(rows.delete, session)

    async def message(self, session: str, message: int) -> MessageView:
        """One message, without its images."""
        return await self._database.run(tree.read, session, message)

    async def edit(self, session: str, message: int, content: str) -> MessageView:
        """Another text for a message, in its place. Raises `BadRequest` while it is being generated."""
        return await self._change(_edit, session, message, content, self._clock())

    async def remove(self, session: str, message: int, *, descendants: bool) -> Session:
        """Remove a message, with what hangs on it or without. Raises `BadRequest` while one is being generated."""
        return self._shown(await self._change(_remove, session, message, self._clock(), descendants=descendants))

    async def export(self, session: str) -> ExportedSession:
        """Everything about a session."""
        document = await self._database.run(export.export, session)
        self._endings.show_in(document.messages)
        return document

    async def image(self, session: str, message: int, number: int) -> str:
        """One image of a message, as base64."""
        return await self._database.run(tree.image, session, message, number)

    async def tokens(self, session: str, message: int) -> MessageTokens:
        """The tokens of a reply as far as their log probabilities are stored."""
        return await self._database.run(journal.tokens, session, message)

    async def restore(self, document: ExportedSession) -> Session:
        """A new session of an exported one. Raises `BadRequest` that names what is wrong with the document."""
        rows.check(msgspec.structs.asdict(document))
        return await self._change(export.restore, secrets.token_hex(8), document, self._clock())

    async def begin(self, session: str, request: TurnRequest) -> tuple[Turn, ChatRequest]:
        """Store what a turn begins with: the message of the user, and an empty reply that is running."""
        return await self._change(journal.begin, session, request, self._clock())

    async def keep(self, message: int, batch: Batch) -> None:
        """Store pieces of a running reply."""
        await self._database.run(tree.keep_pieces, message, batch)

    async def finish(self, message: int, rest: Batch, values: dict[str, Any]) -> None:
        """The end of a reply: its last pieces, and columns of the message. Without effect if it was deleted.

        What a failing disk does not take is stored with the next change or at the end of the backend; until then the
        reply is shown as one that failed.
        """
        self._endings.add(message, rest, values, self._clock())
        try:
            await self._endings.store()
        finally:
            self._tell()

    async def ended(self, message: int) -> tuple[MessageView, list[Token]]:
        """A reply and its pieces."""
        view, tokens = await self._database.run(journal.ended, message)
        rest = self._endings.rest(view)
        self._endings.show_in([view])
        return view, [*tokens, *rest]

    async def logprobs(self, message: int) -> list[Record]:
        """What is stored of the tokens of a reply."""
        return await self._database.run(logprobs.read, message)

    def _shown(self, session: Session) -> Session:
        self._endings.show(session)
        self._endings.show_in(session.messages)
        return session

    async def _change(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with suppress(StoreError):  # the change itself says what is wrong with the disk
            await self._endings.store()
        result = await self._database.run(function, *args, **kwargs)
        self._tell()
        return result

    def _tell(self) -> None:
        self.revision += 1
        self._changes.touch()


def _create(connection: Connection, identity: str, values: dict[str, Any], now: int) -> Session:
    rows.insert(connection, identity, values, now)
    return rows.read(connection, identity)


def _edit(connection: Connection, session: str, message: int, content: str, now: int) -> MessageView:
    edited = tree.edit(connection, session, message, content)
    rows.touch(connection, session, now)
    return edited


def _remove(connection: Connection, session: str, message: int, now: int, *, descendants: bool) -> Session:
    tree.remove(connection, session, message, descendants=descendants)
    rows.touch(connection, session, now)
    return rows.read(connection, session)
