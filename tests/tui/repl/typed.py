"""The REPL with keys from a test, over a real backend with fake runners."""

from __future__ import annotations

import asyncio
import io
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from tui.prompt.history import History
from tui.repl.chat import Chat
from tui.repl.commands import Commands
from tui.repl.completion import CommandNames
from tui.repl.models import Models
from tui.repl.reader import Reader
from tui.repl.repl import Repl
from tui.repl.reply import Replies
from tui.repl.screen import Screen
from tui.repl.work import Work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from prompt_toolkit.input.base import PipeInput

    from backend.client import Client

ENTER, ALT_ENTER, TAB = "\r", "\x1b\r", "\t"
CTRL_A, CTRL_C, CTRL_D, CTRL_G, CTRL_K = (chr(ord(letter) - ord("@")) for letter in "ACDGK")
THINKING = "{{ range .Messages }}{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ .Content }}{{ end }}"
"""A template of a model that thinks."""
_DEADLINE_S = 60


class Written(io.StringIO):
    """What is written, and a way to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self._news = asyncio.Event()

    def write(self, text: str) -> int:
        self._news.set()
        return super().write(text)

    async def until(self, text: str) -> None:
        """Return when `text` has been written."""
        async with asyncio.timeout(_DEADLINE_S):
            while text not in self.getvalue():
                self._news.clear()
                await self._news.wait()


@dataclass(slots=True)
class Conversation:
    """A REPL under way."""

    chat: Chat
    keys: PipeInput
    written: Written = field(default_factory=Written)
    history: History = field(default_factory=History)
    work: Work = field(default_factory=Work)

    def enter(self, *lines: str) -> None:
        """Type lines, each with Enter."""
        for line in lines:
            self.keys.send_text(line + ENTER)


async def never() -> None:
    """A backend that is not to be lost."""
    raise AssertionError("the backend was thought to be gone")


@asynccontextmanager
async def conversation(
    client: Client,
    model: str = "m",
    *,
    history: History | None = None,
    editor: str = "false",
    revive: Callable[[], Awaitable[object]] = never,
) -> AsyncIterator[Conversation]:
    """A REPL until the block ends, which leaves it by Ctrl-D on an empty line."""
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        talk = Conversation(Chat(model), keys)
        talk.history = history or talk.history
        talk.chat.use(model, await client.show(model))
        screen, models = Screen(talk.written), Models(client)
        await models.read()
        reader = Reader(talk.history, CommandNames(talk.chat, models), screen.say, editor=editor)
        repl = Repl(talk.chat, screen, reader, talk.work)
        commands = Commands(client, talk.chat, models, screen, talk.history)
        async with asyncio.timeout(_DEADLINE_S), asyncio.TaskGroup() as group:
            group.create_task(repl.run(commands, Replies(client, talk.chat, screen, revive)))
            yield talk
            keys.send_text(CTRL_A + CTRL_K + CTRL_D)


async def said(client: Client, *lines: str, model: str = "m") -> str:
    """Everything that the REPL writes to these lines."""
    async with conversation(client, model) as talk:
        talk.enter(*lines)
    return talk.written.getvalue()
