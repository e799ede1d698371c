"""`puna attach`: a chat so far, and the reply that is running, followed to its end."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING

import click

from backend.errors import BackendError, ConnectFailed
from backend.wire.sessions import ENDED
from tui.backend_process import connected
from tui.chats.conversation import Conversation
from tui.commands.answer import AnswerPrinter
from tui.commands.interruption import standing
from tui.commands.place import in_force
from tui.commands.session_choice import ID_WIDTH, chosen_session, session_ids
from tui.terminal.sanitize import clean, clean_line

if TYPE_CHECKING:
    from backend.session_client import SessionClient
    from backend.settings import Settings
    from backend.wire.sessions import MessageView, Session, TurnEvent

_TRIES, _TRY_AGAIN_S = 5, 1.0
_ENDINGS = {
    "cancelled": "The reply was stopped.",
    "failed": "the reply failed",
    "interrupted": "the reply was cut off, since the backend ended; the app can ask again",
}


@click.command("attach")
@click.argument("session", shell_complete=session_ids)
@click.option("--nowordwrap", is_flag=True, help="Do not wrap words at the terminal's width.")
@click.option("--hidethinking", is_flag=True, help="Do not show the thinking.")
def command(session: str, *, nowordwrap: bool, hidethinking: bool) -> None:
    """Print the chat SESSION, and follow the reply that is running to its end.

    SESSION is the beginning of an id, as `puna sessions` shows it. Ctrl-C leaves the reply running.
    """
    follower = _Follower(word_wrap=not nowordwrap, hide_thinking=hidethinking)
    with standing(f"Detached. A running reply goes on; `puna attach {clean_line(session)}` shows it again."):
        asyncio.run(follower.run(in_force(), session))


class _Follower:
    """Prints a chat and its reply to stdout, and what is to be said about them to stderr."""

    def __init__(self, *, word_wrap: bool, hide_thinking: bool) -> None:
        self._word_wrap = word_wrap
        self._hide_thinking = hide_thinking

    async def run(self, settings: Settings, given: str) -> None:
        async with connected(settings) as client:
            found = await chosen_session(client.sessions, given)
            chat = await client.sessions.read(found.id)
            running = _running(chat)
            branch = Conversation(chat.messages, running or chat.leaf).branch()
            for message in branch:
                if message.id != running:
                    self._print(message)
            if running:
                with self._printer() as printer:
                    end = await _follow(client.sessions, running, printer)
                _tell(end.state, end.error)
                return
            click.echo(f"No reply is running in {found.id[:ID_WIDTH]}.", err=True)
            if branch:
                _tell(branch[-1].state, branch[-1].error)

    def _print(self, message: MessageView) -> None:
        """What a person said stands behind the prompt of `puna run`."""
        if message.role != "assistant":
            click.echo(f">>> {clean(message.content)}\n")
            return
        with self._printer() as printer:
            printer.piece(message.thinking, message.content)
        click.echo()

    def _printer(self) -> AnswerPrinter:
        return AnswerPrinter(sys.stdout, word_wrap=self._word_wrap, hide_thinking=self._hide_thinking)


def _running(chat: Session) -> int:
    """The reply at the end of the branch that goes on if it runs, else the newest that does; 0 if none does."""
    return chat.leaf if chat.leaf in chat.running else max(chat.running, default=0)


async def _follow(sessions: SessionClient, turn: int, printer: AnswerPrinter) -> TurnEvent:
    """Print the reply from its beginning to its end. A line that breaks is taken up where it broke, a few times."""
    position, tries = 0, 0
    while True:
        try:
            async with aclosing(sessions.attach(turn, position)) as events:
                async for event in events:
                    if event.position < position:
                        raise BackendError(_ENDINGS["interrupted"])
                    tries, position = 0, event.position
                    printer.piece(event.thinking, event.text)
                    if event.state in ENDED:
                        return event
            raise ConnectFailed("the backend closed the line before the reply had ended")
        except ConnectFailed:
            tries += 1
            if tries > _TRIES:
                raise
            await asyncio.sleep(_TRY_AGAIN_S)


def _tell(state: str, error: str) -> None:
    """How a reply ended, if not well. Raises `BackendError` if it failed."""
    if state in {"failed", "interrupted"}:
        raise BackendError(": ".join(part for part in (_ENDINGS[state], clean(error)) if part))
    if state == "cancelled":
        click.echo(_ENDINGS["cancelled"], err=True)
