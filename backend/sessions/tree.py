"""The messages of a session as a tree: statements on one connection, each within its caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from backend.errors import BadRequest, NotFound
from backend.sessions import logprobs
from backend.sessions.reply import decode
from backend.timestamp import rfc3339_ns
from backend.wire.ollama import Message
from backend.wire.sessions import MessageView

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import Connection, Row

    from backend.sessions.reply import Batch

MAX_MESSAGES = 100_000  # of a session
MAX_TEXT = 16 << 20  # characters of a message
_VIEW = (
    "id, parent, role, content, thinking, tool_calls, json_array_length(images) AS image_count, created_ns, state,"
    " error, model, done_reason, prompt_tokens, tokens, total_ns, load_ns, prompt_ns, decode_ns, prefix,"
    " EXISTS (SELECT 1 FROM logprobs WHERE message = id) AS has_logprobs"
)
_LINE = (  # a message and what comes before it; the depth bounds a tree that somebody else made a circle
    "WITH RECURSIVE line (id, up, depth) AS ("  # noqa: S608 # a constant
    " SELECT id, parent, 0 FROM messages WHERE id = ? AND session = ?"
    " UNION ALL SELECT messages.id, parent, depth + 1 FROM messages JOIN line ON messages.id = up"
    f" WHERE depth < {MAX_MESSAGES})"
)
_BELOW = (
    "WITH RECURSIVE below (id) AS (VALUES (?)"
    " UNION SELECT messages.id FROM messages JOIN below ON parent = below.id WHERE session = ?)"
)


def add(connection: Connection, session: str, values: dict[str, Any]) -> int:
    """The id of a new message with these columns. Raises `BadRequest` if the session is full or the text too long."""
    (count,) = connection.execute("SELECT count(*) FROM messages WHERE session = ?", (session,)).fetchone()
    if count >= MAX_MESSAGES:
        raise BadRequest(f"a session holds at most {MAX_MESSAGES} messages; export it and begin another")
    return insert(connection, session, values)


def insert(connection: Connection, session: str, values: dict[str, Any]) -> int:
    """As `add`, for a caller that has counted."""
    check_text(values["content"])
    values = {"session": session} | values
    names, places = ", ".join(values), ", ".join("?" * len(values))
    # Names are columns that the callers write out; everything else is a parameter.
    added = connection.execute(f"INSERT INTO messages ({names}) VALUES ({places})", tuple(values.values()))  # noqa: S608
    if added.lastrowid is None:
        raise RuntimeError("an insertion without a row")
    return added.lastrowid


def check_text(content: str) -> None:
    """Raise `BadRequest` for a text that is too long for a message."""
    if len(content) > MAX_TEXT:
        raise BadRequest(f"a message has at most {MAX_TEXT} characters")


def row_of(connection: Connection, session: str, message: int) -> Row:
    """One message. Raises `NotFound`."""
    found: Row | None = connection.execute(
        f"SELECT {_VIEW} FROM messages WHERE id = ? AND session = ?",  # noqa: S608 # a constant
        (message, session),
    ).fetchone()
    if found is None:
        raise NotFound(f"no message {message} in session {session!r}")
    return found


def views(connection: Connection, session: str) -> list[MessageView]:
    """All messages of a session in the order of their making; one that is running with what is stored of it."""
    rows = connection.execute(f"SELECT {_VIEW} FROM messages WHERE session = ? ORDER BY id", (session,))  # noqa: S608
    return [_shown(connection, row) for row in rows]


def read(connection: Connection, session: str, message: int) -> MessageView:
    """One message; one that is running with what is stored of it. Raises `NotFound`."""
    return _shown(connection, row_of(connection, session, message))


def _shown(connection: Connection, row: Row) -> MessageView:
    message = view(row)
    if message.state == "running":
        message.content, message.thinking = text_so_far(connection, message.id)
    return message


def view(row: Row) -> MessageView:
    """The row on the wire."""
    values = dict(row)
    values["created_at"] = rfc3339_ns(values.pop("created_ns"), local=False)
    values["tool_calls"] = orjson.loads(values["tool_calls"])
    values["has_logprobs"] = bool(values["has_logprobs"])
    return msgspec.convert(values, MessageView)


def line(connection: Connection, session: str, message: int) -> list[Message]:
    """The conversation that ends with `message`, as a model reads it: without replies that never had a text."""
    rows = connection.execute(
        f"{_LINE} SELECT role, content, thinking, tool_calls, images FROM line JOIN messages USING (id)"  # noqa: S608
        " WHERE content != '' OR images != '[]' OR tool_calls != '[]' ORDER BY depth DESC",
        (message, session),
    )
    json = ("tool_calls", "images")
    return [
        msgspec.convert({name: orjson.loads(row[name]) if name in json else row[name] for name in row.keys()}, Message)  # noqa: SIM118 # a row's iterator gives values
        for row in rows
    ]


def _below(connection: Connection, session: str, message: int) -> set[int]:
    """`message` and everything that hangs on it."""
    return {row[0] for row in connection.execute(f"{_BELOW} SELECT id FROM below", (message, session))}  # noqa: S608


def image(connection: Connection, session: str, message: int, number: int) -> str:
    """One image of a message, as base64. Raises `NotFound`."""
    row = connection.execute(
        "SELECT json_extract(images, ?) FROM messages WHERE id = ? AND session = ?",
        (f"$[{number}]", message, session),
    ).fetchone()
    if row is None or row[0] is None:
        raise NotFound(f"no image {number} of message {message} in session {session!r}")
    return str(row[0])


def images(connection: Connection, session: str) -> dict[int, list[str]]:
    """The images of the messages that have any."""
    rows = connection.execute("SELECT id, images FROM messages WHERE session = ? AND images != '[]'", (session,))
    return {row["id"]: orjson.loads(row["images"]) for row in rows}


def edit(connection: Connection, session: str, message: int, content: str) -> MessageView:
    """Another text for a message. Raises `NotFound`, and `BadRequest` while it is running."""
    check_text(content)
    _check_ended(connection, session, {row_of(connection, session, message)["id"]})
    connection.execute("UPDATE messages SET content = ? WHERE id = ?", (content, message))
    connection.execute("DELETE FROM pieces WHERE message = ?", (message,))
    connection.execute("DELETE FROM logprobs WHERE message = ?", (message,))
    return view(row_of(connection, session, message))


def remove(connection: Connection, session: str, message: int, *, descendants: bool) -> None:
    """Remove a message. What hangs on it goes too, or else moves up to the message before it.

    Raises `NotFound`, and `BadRequest` while one of those that would go is running.
    """
    parent = row_of(connection, session, message)["parent"]
    gone = _below(connection, session, message) if descendants else {message}
    _check_ended(connection, session, gone)
    connection.execute("UPDATE messages SET parent = ? WHERE session = ? AND parent = ?", (parent, session, message))
    connection.executemany("DELETE FROM messages WHERE id = ?", ((one,) for one in gone))
    (leaf,) = connection.execute("SELECT leaf FROM sessions WHERE id = ?", (session,)).fetchone()
    if leaf in gone:
        connection.execute("UPDATE sessions SET leaf = ? WHERE id = ?", (parent, session))


def _check_ended(connection: Connection, session: str, messages: set[int]) -> None:
    running = connection.execute("SELECT id FROM messages WHERE state = 'running' AND session = ?", (session,))
    if messages & {row[0] for row in running}:
        raise BadRequest("the message is being generated; cancel its turn first")


def keep_pieces(connection: Connection, message: int, batch: Batch) -> None:
    """Store pieces of a running reply.

    Those that an earlier call stored from the first on are among them: its caller was gone before it could know.
    """
    row = (message, batch.first, batch.pieces)
    connection.execute("INSERT OR REPLACE INTO pieces (message, first, body) VALUES (?, ?, ?)", row)
    if batch.logprobs:
        logprobs.keep(connection, message, batch.first, batch.logprobs)


def bodies(connection: Connection, message: int) -> Iterable[bytes]:
    """What `keep_pieces` stored, in order."""
    rows = connection.execute("SELECT body FROM pieces WHERE message = ? ORDER BY first", (message,))
    return [row[0] for row in rows]


def text_so_far(connection: Connection, message: int) -> tuple[str, str]:
    """Text and thinking that the stored pieces make."""
    tokens = decode(bodies(connection, message))
    return "".join(token.text for token in tokens), "".join(token.thinking for token in tokens)
