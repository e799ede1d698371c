"""Chats that the backend of a test keeps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from backend.client import Client
from backend.wire.sessions import NewSession, TurnRequest

if TYPE_CHECKING:
    from backend.settings import Settings


def new_chat(settings: Settings, text: str, *, title: str = "", model: str = "tiny", ended: bool = False) -> str:
    """The id of a new chat in which somebody says `text`; the reply is running, or has `ended`."""
    return asyncio.run(_new_chat(settings, text, title, model, ended=ended))


async def _new_chat(settings: Settings, text: str, title: str, model: str, *, ended: bool) -> str:
    async with Client(settings) as client:
        chat = await client.sessions.create(NewSession(title=title, model=model))
        turn = await client.sessions.start(chat.id, TurnRequest(content=text))
        if ended:
            async for _ in client.sessions.attach(turn.id):
                pass
        return chat.id
