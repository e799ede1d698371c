"""A model made of a session, as Ollama's REPL makes one by `/save` (the specification's section J)."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from backend.errors import BadRequest
from backend.modelfile.create import create
from backend.registry.threaded import threaded
from backend.sessions.export import branch
from backend.wire.ollama import CreateRequest, Message

if TYPE_CHECKING:
    from backend.store.store import Store
    from backend.wire.sessions import ExportedMessage, ExportedSession


async def save(store: Store, session: ExportedSession, model: str) -> None:
    """Make `model` of the session: its model, system text, options, and the messages of the branch that goes on.

    Raises `BadRequest` for a session without a model, `ModelNotFound` for one whose model is gone, and what `create`
    raises.
    """
    if not session.model:
        raise BadRequest("the session has no model to make another of; set one")
    request = CreateRequest(
        model=model,
        from_=session.model,
        system=session.system,
        parameters=session.options,
        messages=[_message(message) for message in branch(session) if _says_something(message)],
    )
    steps = await asyncio.to_thread(create, store, request)
    async with aclosing(threaded(steps)) as progress:
        async for _ in progress:
            pass


def _says_something(message: ExportedMessage) -> bool:
    return bool(message.content or message.images or message.tool_calls)


def _message(message: ExportedMessage) -> Message:
    return Message(
        role=message.role,
        content=message.content,
        thinking=message.thinking,
        images=message.images,
        tool_calls=message.tool_calls,
    )
