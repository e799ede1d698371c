"""Ends of replies that a failing disk has not taken yet: told as ends all the same, and stored when it recovers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backend.errors import StoreError
from backend.sessions import journal
from backend.sessions.reply import decode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend.sessions.database import Database
    from backend.sessions.reply import Batch, Token
    from backend.wire.sessions import MessageView, SessionSummary


_UNENDED = ("running", "interrupted")  # the latter in an export


@dataclass(slots=True)
class _Ending:
    """`error` is why the disk did not take it; empty as long as nothing is known against it."""

    batch: Batch
    values: dict[str, Any]
    moment: int  # unix nanoseconds
    error: str = ""


class Endings:
    """In memory, of as many replies as can run at once: without a disk no further one begins."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[int, _Ending] = {}

    def add(self, message: int, batch: Batch, values: dict[str, Any], moment: int) -> None:
        """A reply has ended."""
        self._waiting[message] = _Ending(batch, values, moment)

    async def store(self) -> None:
        """Store what waits. Raises `StoreError`."""
        for message, ending in tuple(self._waiting.items()):
            try:
                await self._database.run(journal.finish, message, ending.batch, ending.values, ending.moment)
            except StoreError as error:
                ending.error = error.message
                raise
            self._waiting.pop(message, None)

    def show(self, summary: SessionSummary) -> None:
        """No turn runs whose end waits."""
        summary.running = [turn for turn in summary.running if not self._refused(turn)]

    def show_in(self, messages: Iterable[MessageView]) -> None:
        """A reply whose end waits has failed, for the disk's reason, with all of its text."""
        for message in messages:
            if rest := self.rest(message):
                message.content += "".join(token.text for token in rest)
                message.thinking += "".join(token.thinking for token in rest)
            if message.state in _UNENDED and (error := self._refused(message.id)):
                message.state, message.error = "failed", error

    def rest(self, message: MessageView) -> list[Token]:
        """The pieces of a reply that are stored nowhere, if it was read without its end."""
        ending = self._waiting.get(message.id)
        return [] if ending is None or message.state not in _UNENDED else decode([ending.batch.pieces])

    def _refused(self, message: int) -> str:
        ending = self._waiting.get(message)
        return "" if ending is None else ending.error
