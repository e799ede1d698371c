"""A message on its way to the backend: taken once, whatever becomes of the line meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.errors import ConnectFailed
from backend.wire.sessions import MessageView, Turn
from tui.chats import settings

if TYPE_CHECKING:
    from backend.wire.sessions import Session, TurnRequest
    from tui.app import PunaApp
    from tui.chats.chat import Chat, Reply
    from tui.chats.line import Line


async def begin(app: PunaApp, line: Line, chat: Chat, reply: Reply, request: TurnRequest) -> None:
    """Have the backend take a message; the first one makes the session. Raises a `BackendError` if it does not."""
    sessions = app.connection.gateway.sessions
    if chat.session is None:
        chat.session = await sessions.create(settings.begin(app.workspace))
    elif change := settings.difference(app.workspace, chat.session):
        chat.describe(await sessions.change(chat.session.id, change))
    turn = await _started(app, line, chat, reply, request)
    if request.content is not None:
        asked = MessageView(
            id=turn.prompt, parent=request.parent or 0, role="user", content=request.content, created_at=""
        )
        asked.image_count = len(request.images)
        chat.conversation.put(asked)
        if reply.asked is not None:
            reply.asked.message = turn.prompt
    empty = MessageView(id=turn.id, parent=turn.prompt, role="assistant", content="", created_at="")
    empty.state, empty.model = "running", reply.model
    chat.conversation.put(empty)
    chat.conversation.leaf = reply.turn = reply.block.message = turn.id
    chat.hidden_end, chat.is_rewriting = 0, False
    if reply.stopping:
        await app.connection.gateway.sessions.cancel(turn.id)


async def _started(app: PunaApp, line: Line, chat: Chat, reply: Reply, request: TurnRequest) -> Turn:
    attempt = 0
    while True:
        try:
            if attempt and (turn := taken(await app.connection.gateway.sessions.read(chat.id), chat, request)):
                return turn
            return await app.connection.gateway.sessions.start(chat.id, request)
        except ConnectFailed:
            await line.up(attempt)
            attempt += 1
            if reply.stopping:
                raise


def taken(session: Session, chat: Chat, request: TurnRequest) -> Turn | None:
    """The turn of a request whose answer was lost, if the backend had taken it: messages that the chat has not."""
    new = [message for message in session.messages if chat.conversation.message(message.id) is None]
    prompts = [request.parent or 0]
    if request.content is not None:
        same = [
            one for one in new if one.role == "user" and one.parent == prompts[0] and one.content == request.content
        ]
        prompts = [one.id for one in same]
    replies = [one for one in new if one.role == "assistant" and one.parent in prompts]
    return Turn(id=replies[-1].id, session=session.id, prompt=replies[-1].parent) if replies else None
