"""One prompt to several columns: a session of the backend in which each column's reply is a branch.

So the replies belong to the backend, like those of every chat: they run at once as far as memory allows, go on
without the app, and one of them becomes a chat by being the branch that goes on.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.errors import BackendError, ConnectFailed
from backend.wire.sessions import NewSession, SessionChange, TurnRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.compare.column import Column
    from tui.session_gateway import SessionGateway

FEWEST, MOST = 2, 4
TAG = "compare"
_TITLE = 60  # characters
_RETRY_S = (0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a chat the columns are asked: behind the message `leaf` of its session."""

    session: str
    leaf: int
    title: str


class Comparison:
    """`changed` is told of a column to which something happened; `now` is the app's clock."""

    def __init__(
        self,
        columns: list[Column],
        sessions: Callable[[], SessionGateway],
        now: Callable[[], float],
        changed: Callable[[Column], None],
        retry_s: Sequence[float] = _RETRY_S,
    ) -> None:
        self.columns = columns
        self.place: Place | None = None
        self.session = ""
        self.asked = ""
        self._prompt = 0
        self._keep_alive: float | str | None = None
        self._sessions = sessions
        self._now = now
        self._changed = changed
        self._retry_s = retry_s

    @property
    def running(self) -> bool:
        """Whether a reply is on its way."""
        return any(column.running for column in self.columns)

    def go(self, place: Place | None) -> None:
        """Ask within a chat from now on, or apart from all with `None`."""
        self.place, self.session = place, ""

    async def ask(
        self, text: str, system: str, think: bool | str | None, keep_alive: float | str | None = None
    ) -> None:
        """Put the prompt to every column and return when all replies have ended.

        Within a chat that has its own say about `system` and `think`.
        Raises `BackendError` if nobody is asked. A column that cannot be asked has an `error`.
        """
        self._keep_alive = keep_alive
        if text != self.asked or not self.session:
            title = text.strip().split("\n", 1)[0][:_TITLE]
            new = NewSession(title=title, model=self.columns[0].model, system=system, think=think, tags=[TAG])
            self.session = self.place.session if self.place else (await self._sessions().create(new)).id
            self._prompt, self.asked = 0, text
        begun = [column for column in tuple(self.columns) if await self._begin(column)]
        async with asyncio.TaskGroup() as group:
            for column in begun:
                group.create_task(self._follow(column), name=f"follow turn {column.turn}")

    @property
    def _leaf(self) -> int:
        return self.place.leaf if self.place else 0

    async def stop(self) -> None:
        """End the replies that run; their text stays."""
        for column in self.columns:
            if column.running:
                await self._sessions().cancel(column.turn)

    async def take(self, column: Column) -> str:
        """Make the column the branch that goes on. The session, which is a chat like others from now on."""
        change = SessionChange(leaf=column.turn, model=column.model, options=dict(column.options))
        if self.place is None:
            change.tags = []
        return (await self._sessions().change(self.session, change)).id

    async def _begin(self, column: Column) -> bool:
        """Whether the backend took the prompt for a column. Raises `BackendError` if it took it for none before."""
        request = TurnRequest(model=column.model, options=dict(column.options), keep_alive=self._keep_alive)
        request.content, request.parent = (None, self._prompt) if self._prompt else (self.asked, self._leaf)
        try:
            turn = await self._sessions().start(self.session, request)
        except BackendError as error:
            if not self._prompt:
                raise
            column.refuse(error.message)
        else:
            self._prompt = turn.prompt
            column.begin(turn.id, self._now())
        self._changed(column)
        return column.running

    async def _follow(self, column: Column) -> None:
        turn, attempt = column.turn, 0
        while column.turn == turn and column.running:
            try:
                await self._listen(column)
            except ConnectFailed as error:
                column.error = f"{error.message}; the reply goes on there"
                self._changed(column)
                await asyncio.sleep(self._retry_s[min(attempt, len(self._retry_s) - 1)])
                attempt += 1
            except BackendError as error:
                column.running, column.error = False, error.message
                self._changed(column)

    async def _listen(self, column: Column) -> None:
        """Take what comes from where the column is, until the end of the reply. Raises `BackendError`."""
        sessions = self._sessions()
        async for event in sessions.attach(column.turn, column.pieces):
            if event.text or event.thinking:
                column.error = ""
                column.take(event.text, event.thinking, event.position, self._now())
                self._changed(column)
            elif event.state not in ("", "running"):
                column.reply = await sessions.message(self.session, column.turn)
                column.running, column.error = False, event.error
                self._changed(column)
                return
        raise ConnectFailed("the backend closed the line")
