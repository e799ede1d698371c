"""The REPL on this process's terminal."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from click.exceptions import Exit

from tui.backend_process import ensure_backend
from tui.commands.interruption import Interrupted
from tui.prompt.history import History
from tui.repl.commands import Commands
from tui.repl.completion import CommandNames
from tui.repl.models import Models
from tui.repl.reader import Reader, quiet_terminal
from tui.repl.repl import Repl
from tui.repl.reply import Replies
from tui.repl.screen import Screen
from tui.repl.spinner import Spinner
from tui.repl.work import Work

if TYPE_CHECKING:
    from backend.client import Client
    from backend.settings import Settings
    from tui.repl.chat import Chat

_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_TERMINATED = 128 + signal.SIGTERM


async def run(settings: Settings, client: Client, chat: Chat) -> None:
    """Load the model, show what it brings, and chat until the user leaves. Raises a `BackendError` if it cannot load.

    SIGTERM and SIGHUP end it with click's `Exit`, so that the terminal is left as it was.
    """
    screen, work, models = Screen(sys.stdout), Work(), Models(client)
    loop, own = asyncio.get_running_loop(), asyncio.current_task()
    loop.add_signal_handler(signal.SIGINT, work.stop)
    for number in _ENDING_SIGNALS:
        if own is not None:
            loop.add_signal_handler(number, own.cancel)
    try:
        if not await work.run(_load(client, chat, models)):
            raise Interrupted("Stopped. The model was not loaded.")
        screen.replay(chat.stored, word_wrap=chat.word_wrap)
        history = History(settings.history_file)
        history.enabled = not settings.nohistory
        with quiet_terminal():
            reader = Reader(
                history,
                CommandNames(chat, models),
                screen.say,
                editor=settings.editor or "vi",
                vim=settings.prompt_keys == "vim",
            )
            await Repl(chat, screen, reader, work).run(
                Commands(client, chat, models, screen, history),
                Replies(client, chat, screen, lambda: ensure_backend(settings)),
            )
    except asyncio.CancelledError:
        raise Exit(_TERMINATED) from None


async def _load(client: Client, chat: Chat, models: Models) -> None:
    async with Spinner(sys.stdout):
        await client.load(chat.model, chat.parameters.options(), chat.parameters.own_keep_alive)
        await models.read()
