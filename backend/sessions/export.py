"""A session as a document: JSON with everything, out and in, and Markdown of one branch, out."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from backend.errors import BadRequest
from backend.sessions import logprobs, rows, tree
from backend.sessions.reply import Batch, Token, encode
from backend.wire.sessions import ENDED, ExportedMessage, ExportedSession

if TYPE_CHECKING:
    from sqlite3 import Connection

    from backend.wire.sessions import MessageView, Session

_ROLES = ("user", "assistant", "system", "tool")
_HEADINGS = {"user": "You", "assistant": "Model", "system": "System", "tool": "Tool"}
_SAME = (  # fields of a message that are columns of the same name
    *("role", "content", "thinking", "state", "error", "model", "done_reason"),
    *("prompt_tokens", "tokens", "total_ns", "load_ns", "prompt_ns", "decode_ns", "prefix"),
)
_LATEST = 4_102_444_800  # the year 2100 as unix seconds


def export(connection: Connection, session: str) -> ExportedSession:
    """Everything about a session; a reply that still runs is an interrupted one. Raises `NotFound`."""
    whole = rows.read(connection, session)
    images = tree.images(connection, session)
    messages = [_exported(message, images.get(message.id, [])) for message in whole.messages]
    for message in messages:
        if message.has_logprobs:
            message.logprobs = [each for record in logprobs.read(connection, message.id) for each in record.logprobs()]
    names = ("title", "model", "system", "options", "think", "tags", "top_logprobs", "leaf")
    fields = {name: getattr(whole, name) for name in names}
    return ExportedSession(**fields, messages=messages)


def restore(connection: Connection, identity: str, document: ExportedSession, now: int) -> Session:
    """A new session of an exported one. Raises `BadRequest` that names what is wrong with the document."""
    if document.version != 1:
        raise BadRequest(f"the document has version {document.version}; this version of Puna reads version 1")
    if len(document.messages) > tree.MAX_MESSAGES:
        raise BadRequest(f"a session holds at most {tree.MAX_MESSAGES} messages")
    rows.insert(connection, identity, msgspec.structs.asdict(document), now)
    ids = {0: 0}  # from those of the document to ours
    for message in document.messages:
        if message.id in ids or message.parent not in ids:
            raise BadRequest(f"message {message.id} must have an id of its own, and come after its parent")
        if message.role not in _ROLES or message.state not in ENDED:
            raise BadRequest(f"message {message.id} has an unknown role or state")
        ids[message.id] = tree.insert(connection, identity, _columns(message, ids[message.parent]))
        _measure(connection, ids[message.id], message)
    if document.leaf not in ids:
        raise BadRequest(f"the leaf {document.leaf} is no message of the document")
    return rows.change(connection, identity, {"leaf": ids[document.leaf]}, now)


def branch(session: ExportedSession) -> list[ExportedMessage]:
    """The messages of the branch that goes on."""
    by_id = {message.id: message for message in session.messages}
    found = []
    place = session.leaf
    while place in by_id:
        found.append(by_id[place])
        place = by_id.pop(place).parent  # each once, whatever the document says
    return found[::-1]


def markdown(session: ExportedSession) -> str:
    """The branch that goes on, for people to read."""
    parts = [f"# {' '.join(session.title.split()) or 'Untitled'}"]
    if session.system:
        parts += ["## System", session.system]
    for message in branch(session):
        parts += _section(message)
    return "\n\n".join(parts) + "\n"


def _section(message: ExportedMessage) -> list[str]:
    parts = ["## " + _HEADINGS.get(message.role, message.role) + (f" ({message.model})" if message.model else "")]
    if message.thinking:
        parts.append("\n".join(f"> {line}".rstrip() for line in message.thinking.strip().splitlines()))
    if message.content:
        parts.append(message.content.strip("\n"))
    parts += [f"```json\n{msgspec.json.encode(call.function).decode()}\n```" for call in message.tool_calls]
    if message.images:
        parts.append(f"*images: {len(message.images)}*")
    if message.state != "complete":
        parts.append(f"*{message.state}{': ' if message.error else ''}{message.error}*")
    return parts


def _exported(message: MessageView, images: list[str]) -> ExportedMessage:
    fields = msgspec.structs.asdict(message) | {"images": images}
    if message.state == "running":
        fields["state"] = "interrupted"
    return ExportedMessage(**fields)


def _measure(connection: Connection, message: int, document: ExportedMessage) -> None:
    """Store the log probabilities of a reply, whose text is a single piece."""
    if not document.logprobs:
        return
    if document.role != "assistant":
        raise BadRequest(f"message {document.id} has log probabilities, but is no reply")
    body = logprobs.pack(logprobs.Record.of(0, document.logprobs))
    if len(body) > logprobs.MAX_BYTES:
        raise BadRequest(f"message {document.id} has more log probabilities than a reply can have")
    text = encode([Token(document.content, document.thinking)])
    tree.keep_pieces(connection, message, Batch(0, text, logprobs.joined([body])))


def _columns(message: ExportedMessage, parent: int) -> dict[str, Any]:
    return {name: getattr(message, name) for name in _SAME} | {
        "parent": parent,
        "images": orjson.dumps(message.images).decode(),
        "tool_calls": msgspec.json.encode(message.tool_calls).decode(),
        "created_ns": _ns(message),
    }


def _ns(message: ExportedMessage) -> int:
    try:
        moment = datetime.fromisoformat(message.created_at)
        seconds = moment.timestamp() if moment.tzinfo else math.nan
    except (ValueError, OverflowError):
        seconds = math.nan
    if not 0 <= seconds < _LATEST:
        raise BadRequest(f"message {message.id}: created_at is no time with a zone such as 2026-08-21T09:30:00Z")
    return round(seconds * 1_000_000) * 1000
