"""The sessions themselves: statements on one connection, each within its caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from backend.errors import BadRequest, NotFound
from backend.sessions import tree
from backend.timestamp import rfc3339_ns
from backend.wire.sessions import Session, SessionSummary

if TYPE_CHECKING:
    from sqlite3 import Connection, Row

_LIMITS = {"title": 500, "model": 500, "system": 1 << 20}  # characters
_MAX_OPTIONS = 1 << 16  # bytes
_MAX_TAGS, _MAX_TAG = 32, 64
_JSON = ("options", "think", "tags")
_FIELDS = ("title", "model", "system", "top_logprobs", *_JSON)
_SUMMARY = (
    "SELECT sessions.*, (SELECT count(*) FROM messages WHERE session = sessions.id) AS message_count,"
    " (SELECT json_group_array(id) FROM messages WHERE state = 'running' AND session = sessions.id) AS running"
    " FROM sessions"
)


def check(values: dict[str, Any]) -> None:
    """Raise `BadRequest` for fields of a session that are out of bounds."""
    for name, limit in _LIMITS.items():
        if len(values.get(name, "")) > limit:
            raise BadRequest(f"the {name} is longer than {limit} characters")
    if len(orjson.dumps(values.get("options", {}))) > _MAX_OPTIONS:
        raise BadRequest(f"the options take more than {_MAX_OPTIONS} bytes")
    tags = values.get("tags", [])
    if len(tags) > _MAX_TAGS or not all(0 < len(tag) <= _MAX_TAG for tag in tags):
        raise BadRequest(f"a session has at most {_MAX_TAGS} tags of 1 to {_MAX_TAG} characters")
    if not isinstance(values.get("think"), bool | str | None):
        raise BadRequest("think must be a boolean or a string")


def insert(connection: Connection, identity: str, values: dict[str, Any], now: int) -> None:
    """A new session with these fields."""
    row = {"id": identity, "created_ns": now, "updated_ns": now} | {name: values[name] for name in _FIELDS}
    names, places = ", ".join(row), ", ".join("?" * len(row))
    connection.execute(
        f"INSERT INTO sessions ({names}) VALUES ({places})",  # noqa: S608 # names from above
        tuple(_columns(row).values()),
    )


def row_of(connection: Connection, session: str) -> Row:
    """One session. Raises `NotFound`."""
    found: Row | None = connection.execute(f"{_SUMMARY} WHERE id = ?", (session,)).fetchone()
    if found is None:
        raise NotFound(f"no session {session!r}")
    return found


def read(connection: Connection, session: str) -> Session:
    """One session with its messages. Raises `NotFound`."""
    return msgspec.convert(_view(row_of(connection, session)) | {"messages": tree.views(connection, session)}, Session)


def summaries(connection: Connection, tag: str, limit: int, offset: int) -> list[SessionSummary]:
    """Sessions, those with `tag` if one is given, the last changed first."""
    rows = connection.execute(
        f"{_SUMMARY} WHERE ? = '' OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)"  # noqa: S608 # constants
        " ORDER BY updated_ns DESC, id LIMIT ? OFFSET ?",
        (tag, tag, limit, offset),
    )
    return [msgspec.convert(_view(row), SessionSummary) for row in rows]


def change(connection: Connection, session: str, values: dict[str, Any], now: int) -> Session:
    """Set fields. Raises `NotFound`, also for a leaf that is no message of the session."""
    row_of(connection, session)
    if leaf := values.get("leaf", 0):
        tree.row_of(connection, session, leaf)
    for name, value in _columns(values).items():
        connection.execute(f"UPDATE sessions SET {name} = ? WHERE id = ?", (value, session))  # noqa: S608 # a field
    touch(connection, session, now)
    return read(connection, session)


def touch(connection: Connection, session: str, now: int) -> None:
    """The session was changed."""
    connection.execute("UPDATE sessions SET updated_ns = max(updated_ns, ?) WHERE id = ?", (now, session))


def delete(connection: Connection, session: str) -> None:
    """Remove a session and its messages. Raises `NotFound`."""
    row_of(connection, session)
    connection.execute("DELETE FROM sessions WHERE id = ?", (session,))


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    return {name: orjson.dumps(value).decode() if name in _JSON else value for name, value in values.items()}


def _view(row: Row) -> dict[str, Any]:
    values = dict(row)
    for name in (*_JSON, "running"):
        values[name] = orjson.loads(values[name])
    for name in ("created", "updated"):
        values[f"{name}_at"] = rfc3339_ns(values.pop(f"{name}_ns"), local=False)
    return values
