"""What a turn leaves in the database, from its begin to its end or to the end of the backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from backend.errors import BadRequest, NotFound
from backend.sessions import logprobs, rows, tree
from backend.sessions.reply import Batch, Token, decode, encode
from backend.wire.ollama import ChatRequest, Message
from backend.wire.sessions import MessageTokens, Turn

if TYPE_CHECKING:
    from sqlite3 import Connection

    from backend.wire.sessions import MessageView, TurnRequest

_TITLE_FROM_PROMPT = 60  # characters


def begin(connection: Connection, session: str, request: TurnRequest, now: int) -> tuple[Turn, ChatRequest]:
    """Store the message of the user, if there is one, and an empty reply that is running.

    Raises `NotFound`, and `BadRequest` if there is nothing to reply to or no model to do it.
    """
    row = rows.row_of(connection, session)
    prompt = row["leaf"] if request.parent is None else request.parent
    role = _role(connection, session, prompt) if prompt else ""
    if request.content is not None:
        prompt = _said(connection, session, request, prompt, now)
        if not row["title"]:
            connection.execute("UPDATE sessions SET title = ? WHERE id = ?", (_title(request.content), session))
    elif role in {"", "assistant"}:
        raise BadRequest("there is no message to reply to: give a new one as content, or name one as parent")
    model = request.model or row["model"]
    if not model:
        raise BadRequest("the session has no model; set one, or name one in the turn")
    messages = tree.line(connection, session, prompt)
    if not messages:
        raise BadRequest("the message is empty")
    if row["system"]:
        messages.insert(0, Message(role="system", content=row["system"]))
    think = orjson.loads(row["think"])
    options = orjson.loads(row["options"]) | request.options
    asked = row["top_logprobs"] if request.top_logprobs is None else request.top_logprobs
    chat = ChatRequest(
        model=model,
        messages=[*messages, *_prefix(request)],
        options=options,
        think=None if think == "" else think,
        keep_alive=request.keep_alive,
        format=request.format,
        logprobs=asked > 0,
        top_logprobs=asked,
    )
    empty = {"parent": prompt, "role": "assistant", "content": "", "state": "running", "model": model}
    reply = tree.add(connection, session, empty | {"created_ns": now, "prefix": len(request.prefix)})
    if given := said_before(request):
        tree.keep_pieces(connection, reply, Batch(0, encode(given)))
    connection.execute("UPDATE sessions SET leaf = ? WHERE id = ?", (reply, session))
    rows.touch(connection, session, now)
    return Turn(id=reply, session=session, prompt=prompt), chat


def said_before(request: TurnRequest) -> list[Token]:
    """The pieces that the reply begins with."""
    return [Token(request.prefix, request.prefix_thinking)] if request.prefix else []


def _prefix(request: TurnRequest) -> list[Message]:
    """The message that the model goes on with, if there is one."""
    tree.check_text(request.prefix)
    if request.prefix:
        return [Message(role="assistant", content=request.prefix, thinking=request.prefix_thinking)]
    if request.prefix_thinking:
        raise BadRequest("prefix_thinking needs a prefix: thinking alone cannot be continued")
    return []


def _title(content: str) -> str:
    """The first line of a message; a long one ends after a word."""
    line = content.strip().split("\n", 1)[0]
    return line if len(line) <= _TITLE_FROM_PROMPT else line[: _TITLE_FROM_PROMPT - 1].rsplit(" ", 1)[0] + "…"


def _role(connection: Connection, session: str, message: int) -> str:
    row = tree.row_of(connection, session, message)
    if row["state"] == "running":
        raise BadRequest("the reply before is still being generated; wait, cancel its turn, or name another parent")
    return str(row["role"])


def _said(connection: Connection, session: str, request: TurnRequest, parent: int, now: int) -> int:
    if not request.content and not request.images:
        raise BadRequest("the message is empty")
    images = orjson.dumps(request.images).decode()
    said = {"parent": parent, "role": "user", "content": request.content, "images": images, "created_ns": now}
    return tree.add(connection, session, said)


def finish(connection: Connection, message: int, rest: Batch, values: dict[str, Any], now: int) -> None:
    """Store the last pieces of a reply, and columns of its message. Without effect if it was deleted."""
    row = connection.execute("SELECT session FROM messages WHERE id = ?", (message,)).fetchone()
    if row is None:
        return
    tree.keep_pieces(connection, message, rest)
    _settle(connection, message, values)
    rows.touch(connection, row["session"], now)


def interrupt(connection: Connection) -> None:
    """End the replies of a backend that was killed, each with the text that it had stored."""
    for (message,) in connection.execute("SELECT id FROM messages WHERE state = 'running'").fetchall():
        _settle(connection, message, {"state": "interrupted", "error": "the backend ended"})


def ended(connection: Connection, message: int) -> tuple[MessageView, list[Token]]:
    """A reply and its pieces: a single one if it was imported or edited. Raises `NotFound`."""
    row = connection.execute("SELECT session FROM messages WHERE id = ? AND role = 'assistant'", (message,)).fetchone()
    if row is None:
        raise NotFound(f"no turn {message}")
    view = tree.read(connection, row["session"], message)
    tokens = decode(tree.bodies(connection, message))
    if not tokens and (view.content or view.thinking):
        tokens = [Token(view.content, view.thinking)]
    return view, tokens


def tokens(connection: Connection, session: str, message: int) -> MessageTokens:
    """The tokens of a reply. Raises `NotFound`; without stored log probabilities there are none."""
    view = tree.read(connection, session, message)
    records = logprobs.read(connection, message)
    return MessageTokens(tokens=logprobs.placed(records, view.content, view.thinking, view.prefix))


def _settle(connection: Connection, message: int, values: dict[str, Any]) -> None:
    text, thinking = tree.text_so_far(connection, message)
    values = values | {"content": text, "thinking": thinking}
    changes = ", ".join(f"{name} = ?" for name in values)
    connection.execute(
        f"UPDATE messages SET {changes} WHERE id = ?",  # noqa: S608 # names of fields
        (*values.values(), message),
    )
