"""A session as a document: JSON with everything, out and in, and Markdown of one branch, out."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from backend.errors import BadRequest
from backend.sessions import rows, tree
from backend.wire.sessions import ENDED, ExportedMessage, ExportedSession

if TYPE_CHECKING:
    from sqlite3 import Connection

    from backend.wire.sessions import MessageView, Session

_ROLES = ("user", "assistant", "system", "tool")
_HEADINGS = {"user": "You", "assistant": "Model", "system": "System", "tool": "Tool"}
_SAME = (  # fields of a message that are columns of the same name
    *("role", "content", "thinking", "state", "error", "model", "done_reason"),
    *("prompt_tokens", "tokens", "total_ns", "load_ns", "prompt_ns", "decode_ns"),
)
_LATEST = 4_102_444_800  # the year 2100 as unix seconds


def export(connection: Connection, session: str) -> ExportedSession:
    """Everything about a session; a reply that still runs is an interrupted one. Raises `NotFound`."""
    whole = rows.read(connection, session)
    images = tree.images(connection, session)
    messages = [_exported(message, images.get(message.id, [])) for message in whole.messages]
    fields = {name: getattr(whole, name) for name in ("title", "model", "system", "options", "think", "tags", "leaf")}
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
    if document.leaf not in ids:
        raise BadRequest(f"the leaf {document.leaf} is no message of the document")
    return rows.change(connection, identity, {"leaf": ids[document.leaf]}, now)


def markdown(session: ExportedSession) -> str:
    """The branch that goes on, for people to read."""
    by_id = {message.id: message for message in session.messages}
    branch = []
    place = session.leaf
    while place in by_id:
        branch.append(by_id[place])
        place = by_id.pop(place).parent  # each once, whatever the document says
    parts = [f"# {' '.join(session.title.split()) or 'Untitled'}"]
    if session.system:
        parts += ["## System", session.system]
    for message in reversed(branch):
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
