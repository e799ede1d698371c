"""`puna --plain`: the plain chat on this process's input and output."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from tui.plain.chat import PlainChat
from tui.plain.lines import Speech, StreamLines

if TYPE_CHECKING:
    from backend.settings import Settings


def run(settings: Settings) -> None:
    """Chat until the input ends. Raises a `BackendError` if there is no backend."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    from tui.backend_process import connected

    speech = Speech(_write)
    speech.say(f"Puna, plain. Connecting to {settings.address.url}.")
    async with connected(settings) as gateway:
        chat = PlainChat(gateway, StreamLines(sys.stdin), speech)
        talk = asyncio.create_task(chat.run())
        interrupts: set[asyncio.Task[None]] = set()

        def interrupted() -> None:
            """Ctrl+C stops the reply; where none is running it ends the program."""
            interrupts.add(asyncio.create_task(_interrupt(chat, talk)))

        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted)
        try:
            await talk
        except asyncio.CancelledError:
            speech.say("Ended.")


async def _interrupt(chat: PlainChat, talk: asyncio.Task[None]) -> None:
    if not await chat.stop():
        talk.cancel()


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
