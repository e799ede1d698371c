"""Sessions on disk: every method is one transaction, durable when it returns."""

from __future__ import annotations

import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from backend.errors import BadRequest, NotFound
from backend.sessions import tree
from backend.sessions.database import Database
from backend.sessions.reply import decode
from backend.timestamp import rfc3339_ns
from backend.wire.ollama import ChatRequest, Message
from backend.wire.sessions import NewSession, Session, SessionChange, SessionSummary, Turn, TurnRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path
    from sqlite3 import Connection, Row

    from backend.sessions.reply import Token
    from backend.wire.sessions import MessageView

_TITLE_FROM_PROMPT = 60  # characters
_LIMITS = {"title": 500, "model": 500, "system": 1 << 20}
_MAX_TAGS, _MAX_TAG = 32, 64
_JSON = ("options", "think", "tags")
_SUMMARY = (
    "SELECT sessions.*, (SELECT count(*) FROM messages WHERE session = sessions.id) AS message_count,"
    " (SELECT json_group_array(id) FROM messages WHERE state = 'running' AND session = sessions.id) AS running"
    " FROM sessions"
)


class SessionStore:
    """Every method raises `StoreError` if the disk is at fault, and `NotFound` for what is not there."""

    def __init__(self, database: Database, clock: Callable[[], int] = time.time_ns) -> None:
        self.database = database
        self.clock = clock

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[SessionStore]:
        """The sessions at `path`. Replies that a killed backend left unfinished become interrupted ones."""
        async with Database.open(path) as database:
            await database.run(_interrupt)
            yield cls(database)

    async def create(self, new: NewSession) -> Session:
        """Raises `BadRequest` for values out of bounds."""
        _check(msgspec.structs.asdict(new))
        identity = secrets.token_hex(8)
        return await self.database.run(_create, identity, new, self.clock())

    async def summaries(self, tag: str = "", limit: int = 100, offset: int = 0) -> list[SessionSummary]:
        """Sessions, those with `tag` if one is given, the last changed first."""
        return await self.database.run(_list, tag, limit, offset)

    async def read(self, session: str) -> Session:
        """A session with all its messages, without their images."""
        return await self.database.run(_read, session)

    async def change(self, session: str, change: SessionChange) -> Session:
        """Raises `BadRequest` for values out of bounds, and for a leaf that is no message of the session."""
        values = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
        _check(values)
        return await self.database.run(_change, session, values, self.clock())

    async def delete(self, session: str) -> None:
        await self.database.run(_delete, session)

    async def edit(self, session: str, message: int, content: str) -> MessageView:
        """Another text for a message, in its place. Raises `BadRequest` while it is being generated."""
        return await self.database.run(_edit, session, message, content, self.clock())

    async def remove(self, session: str, message: int, *, descendants: bool) -> Session:
        """Remove a message, with what hangs on it or without. Raises `BadRequest` while one is being generated."""
        return await self.database.run(_remove, session, message, self.clock(), descendants=descendants)

    async def begin(self, session: str, request: TurnRequest) -> tuple[Turn, ChatRequest]:
        """Store what a turn begins with: the message of the user, and an empty reply that is running."""
        return await self.database.run(_begin, session, request, self.clock())

    async def keep(self, message: int, first: int, body: bytes) -> None:
        """Store pieces of a running reply."""
        await self.database.run(tree.keep_pieces, message, first, body)

    async def finish(self, message: int, rest: tuple[int, bytes], values: dict[str, Any]) -> None:
        """The end of a reply: its last pieces, and columns of the message. Without effect if it was deleted."""
        await self.database.run(_finish, message, rest, values, self.clock())

    async def ended(self, message: int) -> tuple[MessageView, list[Token]]:
        """A reply and its pieces."""
        return await self.database.run(_ended, message)


def _check(values: dict[str, Any]) -> None:
    for name, limit in _LIMITS.items():
        if len(values.get(name, "")) > limit:
            raise BadRequest(f"the {name} is longer than {limit} characters")
    tags = values.get("tags", [])
    if len(tags) > _MAX_TAGS or not all(0 < len(tag) <= _MAX_TAG for tag in tags):
        raise BadRequest(f"a session has at most {_MAX_TAGS} tags of 1 to {_MAX_TAG} characters")
    if not isinstance(values.get("think"), bool | str | None):
        raise BadRequest("think must be a boolean or a string")


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    return {name: orjson.dumps(value).decode() if name in _JSON else value for name, value in values.items()}


def _create(connection: Connection, identity: str, new: NewSession, now: int) -> Session:
    values = {"id": identity, "created_ns": now, "updated_ns": now} | {
        name: getattr(new, name) for name in ("title", "model", "system", *_JSON)
    }
    names, places = ", ".join(values), ", ".join("?" * len(values))
    connection.execute(
        f"INSERT INTO sessions ({names}) VALUES ({places})",  # noqa: S608 # names from above
        tuple(_columns(values).values()),
    )
    return _read(connection, identity)


def _list(connection: Connection, tag: str, limit: int, offset: int) -> list[SessionSummary]:
    rows = connection.execute(
        f"{_SUMMARY} WHERE ? = '' OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)"  # noqa: S608 # constants
        " ORDER BY updated_ns DESC, id LIMIT ? OFFSET ?",
        (tag, tag, limit, offset),
    )
    return [msgspec.convert(_view(row), SessionSummary) for row in rows]


def _view(row: Row) -> dict[str, Any]:
    values = dict(row)
    for name in (*_JSON, "running"):
        values[name] = orjson.loads(values[name])
    for name in ("created", "updated"):
        values[f"{name}_at"] = rfc3339_ns(values.pop(f"{name}_ns"), local=False)
    return values


def _row(connection: Connection, session: str) -> Row:
    found: Row | None = connection.execute(f"{_SUMMARY} WHERE id = ?", (session,)).fetchone()
    if found is None:
        raise NotFound(f"no session {session!r}")
    return found


def _read(connection: Connection, session: str) -> Session:
    return msgspec.convert(_view(_row(connection, session)) | {"messages": tree.views(connection, session)}, Session)


def _change(connection: Connection, session: str, values: dict[str, Any], now: int) -> Session:
    _row(connection, session)
    if leaf := values.get("leaf", 0):
        tree.row_of(connection, session, leaf)
    for name, value in _columns(values).items():
        connection.execute(f"UPDATE sessions SET {name} = ? WHERE id = ?", (value, session))  # noqa: S608 # a field
    _touch(connection, session, now)
    return _read(connection, session)


def _touch(connection: Connection, session: str, now: int) -> None:
    connection.execute("UPDATE sessions SET updated_ns = max(updated_ns, ?) WHERE id = ?", (now, session))


def _delete(connection: Connection, session: str) -> None:
    _row(connection, session)
    connection.execute("DELETE FROM sessions WHERE id = ?", (session,))


def _edit(connection: Connection, session: str, message: int, content: str, now: int) -> MessageView:
    if tree.row_of(connection, session, message)["state"] == "running":
        raise BadRequest("the message is being generated; cancel its turn first")
    connection.execute("UPDATE messages SET content = ? WHERE id = ?", (content, message))
    _touch(connection, session, now)
    return tree.view(tree.row_of(connection, session, message))


def _remove(connection: Connection, session: str, message: int, now: int, *, descendants: bool) -> Session:
    gone = tree.below(connection, session, message) if descendants else {message}
    running = connection.execute("SELECT id FROM messages WHERE state = 'running' AND session = ?", (session,))
    if gone & {row[0] for row in running}:
        raise BadRequest("the message is being generated; cancel its turn first")
    tree.remove(connection, session, message, descendants=descendants)
    _touch(connection, session, now)
    return _read(connection, session)


def _begin(connection: Connection, session: str, request: TurnRequest, now: int) -> tuple[Turn, ChatRequest]:
    row = _row(connection, session)
    prompt = row["leaf"] if request.parent is None else request.parent
    if prompt:
        tree.row_of(connection, session, prompt)
    if request.content is not None:
        images = orjson.dumps(request.images).decode()
        said = {"parent": prompt, "role": "user", "content": request.content, "images": images, "created_ns": now}
        prompt = tree.add(connection, session, said)
        if not row["title"]:
            title = next(iter(request.content.split("\n", 1)), "").strip()[:_TITLE_FROM_PROMPT]
            connection.execute("UPDATE sessions SET title = ? WHERE id = ?", (title, session))
    elif not prompt or tree.row_of(connection, session, prompt)["role"] == "assistant":
        raise BadRequest("there is no message to reply to: give a new one as content, or name one as parent")
    model = request.model or row["model"]
    if not model:
        raise BadRequest("the session has no model; set one, or name one in the turn")
    messages = tree.line(connection, session, prompt)
    if not messages:
        raise BadRequest("the message is empty")
    if row["system"]:
        messages.insert(0, Message(role="system", content=row["system"]))
    options = orjson.loads(row["options"]) | request.options
    chat = ChatRequest(model=model, messages=messages, options=options, think=orjson.loads(row["think"]))
    empty = {"parent": prompt, "role": "assistant", "content": "", "state": "running", "model": model}
    reply = tree.add(connection, session, empty | {"created_ns": now})
    connection.execute("UPDATE sessions SET leaf = ? WHERE id = ?", (reply, session))
    _touch(connection, session, now)
    return Turn(id=reply, session=session, prompt=prompt), chat


def _finish(connection: Connection, message: int, rest: tuple[int, bytes], values: dict[str, Any], now: int) -> None:
    row = connection.execute("SELECT session FROM messages WHERE id = ?", (message,)).fetchone()
    if row is None:
        return
    first, body = rest
    tree.keep_pieces(connection, message, first, body)
    _settle(connection, message, values)
    _touch(connection, row["session"], now)


def _settle(connection: Connection, message: int, values: dict[str, Any]) -> None:
    tokens = decode(tree.bodies(connection, message))
    values = values | {
        "content": "".join(token.text for token in tokens),
        "thinking": "".join(token.thinking for token in tokens),
    }
    changes = ", ".join(f"{name} = ?" for name in values)
    connection.execute(
        f"UPDATE messages SET {changes} WHERE id = ?",  # noqa: S608 # names of fields
        (*values.values(), message),
    )


def _interrupt(connection: Connection) -> None:
    for (message,) in connection.execute("SELECT id FROM messages WHERE state = 'running'").fetchall():
        _settle(connection, message, {"state": "interrupted", "error": "the backend ended"})


def _ended(connection: Connection, message: int) -> tuple[MessageView, list[Token]]:
    row = connection.execute("SELECT session FROM messages WHERE id = ? AND role = 'assistant'", (message,)).fetchone()
    if row is None:
        raise NotFound(f"no turn {message}")
    return tree.view(tree.row_of(connection, row["session"], message)), decode(tree.bodies(connection, message))
