"""One message and its reply: sent, printed as it comes, and kept in the chat."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from backend.errors import BackendError, ConnectFailed
from backend.wire.ollama import Message
from tui.commands.answer import metric_lines
from tui.repl.spinner import Spinner

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from backend.client import Client
    from backend.wire.ollama import ChatResponse
    from tui.repl.chat import Chat
    from tui.repl.screen import Screen


class Replies:
    """Over the chat and the backend. `revive` has the backend answer again, or raises a `BackendError`."""

    def __init__(self, client: Client, chat: Chat, screen: Screen, revive: Callable[[], Awaitable[object]]) -> None:
        self._client = client
        self._chat = chat
        self._screen = screen
        self._revive = revive

    async def answer(self, text: str, images: tuple[str, ...]) -> None:
        """Ask the model, and print what it says.

        Where that fails, a `BackendError` is raised and the message is not in the chat. Cancelled, the generation ends
        in the backend, and what came of the reply is in the chat.
        """
        messages = self._chat.messages
        messages.append(Message(role="user", content=text, images=list(images)))
        reply = Message(role="assistant")
        try:
            try:
                final = await self._print(reply)
            except ConnectFailed:
                if _has_come(reply):
                    raise
                async with Spinner(self._screen.stream):
                    await self._revive()
                final = await self._print(reply)
        except asyncio.CancelledError:
            if _has_come(reply):
                self._screen.write("\n\n")
                messages.append(reply)
            else:
                messages.pop()
            raise
        except BackendError:
            messages.pop()
            if _has_come(reply):
                self._screen.write("\n\n")
            raise
        messages.append(reply)
        self._screen.say()
        if self._chat.verbose:
            for line in (*metric_lines(final), ""):
                self._screen.say(line)

    async def _print(self, reply: Message) -> ChatResponse:
        chat = self._chat
        last = None
        async with Spinner(self._screen.stream) as spinner, aclosing(self._client.chat(chat.request())) as pieces:
            with self._screen.printer(word_wrap=chat.word_wrap, hide_thinking=chat.hide_thinking) as printer:
                async for last in pieces:
                    said = last.message
                    reply.thinking += said.thinking
                    reply.content += said.content
                    if said.content or (said.thinking and not chat.hide_thinking):
                        spinner.stop()
                    printer.piece(said.thinking, said.content)
                if last is None or not last.done:
                    raise BackendError("the backend ended in the middle of the reply")
                spinner.stop()
        return last


def _has_come(reply: Message) -> bool:
    return bool(reply.content or reply.thinking)
