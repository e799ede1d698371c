"""Turns: generations that belong to the backend, not to a client. Anyone may attach, go away and come again."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from backend.errors import BackendError, NotFound, QueueFull, RequestCanceled, StoreError
from backend.events import Changes
from backend.sessions import logprobs
from backend.sessions.journal import said_before
from backend.sessions.reply import Batch, Finish, Measured, Token, encode, joined
from backend.wire.sessions import TurnEvent

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from backend.sessions.logprobs import Record
    from backend.sessions.reply import Generate
    from backend.sessions.store import SessionStore
    from backend.wire.ollama import ChatRequest
    from backend.wire.sessions import Turn, TurnRequest

_log = logging.getLogger(__name__)
MAX_TURNS = 64  # at once; each waits in the scheduler's queue as any request does
_MEASURED = 256  # pieces with log probabilities that an event tells of at most: it is one line to be read
_FLUSH_S = 0.1  # between writes of one turn: with the write itself, less than 200 ms of text are ever at stake


@dataclass(slots=True, eq=False)
class LiveTurn:
    """A turn under way. Its tasks alone write; whoever is attached reads `tokens` from a place of its own.

    `listening` hears the generation and can be cancelled; `life` sees to its end and is never.
    """

    turn: Turn
    listening: asyncio.Task[None] | None = None
    life: asyncio.Task[None] | None = None
    tokens: list[Token] = field(default_factory=list)
    logprobs: dict[int, bytes] = field(default_factory=dict)  # of pieces, packed
    logprobs_bytes: int = 0
    stored: int = 0
    state: str = "running"
    error: str = ""
    finish: Finish | None = None
    canceled: bool = False
    changes: Changes = field(default_factory=Changes)

    def measure(self, record: Record) -> None:
        """Keep the log probabilities of a piece, up to a bound."""
        body = logprobs.pack(record)
        if self.logprobs_bytes + len(body) <= logprobs.MAX_BYTES:
            self.logprobs[record.piece] = body
            self.logprobs_bytes += len(body)

    def unstored(self, end: int) -> Batch:
        """The pieces before `end` that are not stored."""
        pieces = range(self.stored, end)
        packed = [self.logprobs[piece] for piece in pieces if piece in self.logprobs] if self.logprobs else []
        return Batch(self.stored, encode(self.tokens[self.stored : end]), logprobs.joined(packed))


class Turns:
    """The registry and the only owner of what runs. `close` it before the store."""

    def __init__(self, store: SessionStore, generate: Generate) -> None:
        self._store = store
        self._generate = generate
        self._live: dict[int, LiveTurn] = {}
        self._starting: set[asyncio.Task[Turn]] = set()
        self._closing = False

    async def close(self) -> None:
        """End every turn and return when all is stored. No further one starts."""
        self._closing = True
        if self._starting:
            await asyncio.wait(self._starting)
        await self._end(tuple(self._live.values()))

    async def start(self, session: str, request: TurnRequest) -> Turn:
        """Begin a turn and return when its messages are stored. Raises `QueueFull`, `NotFound` and `BadRequest`."""
        if self._closing:
            raise BackendError("the backend is shutting down", status=503)
        if len(self._live) + len(self._starting) >= MAX_TURNS:
            raise QueueFull(f"{MAX_TURNS} turns run already; wait for one or cancel it")
        starting = asyncio.create_task(self._begin(session, request), name="begin a turn")
        self._starting.add(starting)
        starting.add_done_callback(self._starting.discard)
        return await asyncio.shield(starting)  # a client that goes away now leaves a turn that runs

    async def _begin(self, session: str, request: TurnRequest) -> Turn:
        turn, chat = await self._store.begin(session, request)
        live = LiveTurn(turn, tokens=said_before(request))
        live.stored = len(live.tokens)
        self._live[turn.id] = live
        live.listening = asyncio.create_task(self._listen(live, chat), name=f"generation of turn {turn.id}")
        live.life = asyncio.create_task(self._run(live, live.listening), name=f"turn {turn.id}")
        return turn

    async def cancel(self, identity: int) -> None:
        """End a turn and return when what it said is stored. Raises `NotFound` if it is over or never was."""
        live = self._live.get(identity)
        if live is None:
            raise NotFound(f"no running turn {identity}")
        await self._cancel((live,))

    async def cancel_all_of(self, session: str) -> None:
        """End the turns of a session."""
        await self._cancel(tuple(live for live in self._live.values() if live.turn.session == session))

    async def events(
        self, identity: int, start: int, *, with_logprobs: bool = False
    ) -> AsyncGenerator[TurnEvent, None]:
        """A turn from its piece `start` on: at once what there is, then what comes, at last how it ended.

        Nothing is buffered for who reads slowly. Raises `NotFound` if there never was such a turn.
        """
        live = self._live.get(identity)
        if live is None:
            message, tokens = await self._store.ended(identity)
            records = await self._store.logprobs(identity) if with_logprobs else ()
            start = min(start, len(tokens))
            yield TurnEvent(position=start, state="running")
            for event in _events(tokens, start, {record.piece: record for record in records}):
                yield event
            yield TurnEvent(position=len(tokens), state=message.state, error=message.error)
            return
        place = min(start, len(live.tokens))
        yield TurnEvent(position=place, state="running")
        while True:
            seen, is_last = live.changes.revision, live.state != "running"
            pieces = range(place, len(live.tokens)) if with_logprobs else ()
            measured = {piece: logprobs.unpack(live.logprobs[piece]) for piece in pieces if piece in live.logprobs}
            for event in _events(live.tokens, place, measured):
                place = event.position
                yield event
            if is_last:
                yield TurnEvent(position=place, state=live.state, error=live.error)
                return
            await live.changes.wait(seen)

    async def _cancel(self, turns: Sequence[LiveTurn]) -> None:
        for live in turns:
            live.canceled = True
        await self._end(turns)

    async def _end(self, turns: Sequence[LiveTurn]) -> None:
        for live in turns:
            if live.listening is not None and not live.listening.cancelling():
                live.listening.cancel()
        if lives := [live.life for live in turns if live.life is not None]:
            await asyncio.wait(lives)

    async def _run(self, live: LiveTurn, listening: asyncio.Task[None]) -> None:
        keeping = asyncio.create_task(self._keep(live), name=f"keeping turn {live.turn.id}")
        await asyncio.wait([listening])
        keeping.cancel()
        await asyncio.wait([keeping])
        await self._settle(live, *_outcome(live, listening))

    async def _listen(self, live: LiveTurn, chat: ChatRequest) -> None:
        # Nothing is awaited here but the generation, so that a cancellation always reaches it.
        async with aclosing(self._generate(chat)) as parts:
            async for part in parts:
                if isinstance(part, Token):
                    token = part
                elif isinstance(part, Measured):
                    live.measure(logprobs.Record.of(len(live.tokens), part.logprobs))
                    token = part.token
                else:
                    live.finish = part
                    continue
                live.tokens.append(token)
                live.changes.touch()

    async def _keep(self, live: LiveTurn) -> None:
        """Store on a clock what came. What a failing disk did not take is tried again with the next."""
        while True:
            seen = live.changes.revision
            await asyncio.sleep(_FLUSH_S)
            count = len(live.tokens)
            if count > live.stored:
                try:
                    await self._store.keep(live.turn.id, live.unstored(count))
                    live.stored = count
                except StoreError as error:
                    _log.warning("turn %d: %s", live.turn.id, error)
            else:
                await live.changes.wait(seen)

    async def _settle(self, live: LiveTurn, state: str, error: str) -> None:
        """Store the end, then tell it: who sees it can rely on it."""
        values: dict[str, Any] = {"state": state, "error": error}
        if live.finish is not None:
            values |= msgspec.structs.asdict(live.finish)
            values["tool_calls"] = msgspec.json.encode(live.finish.tool_calls).decode()
        try:
            await self._store.finish(live.turn.id, live.unstored(len(live.tokens)), values)
        except StoreError as failure:
            _log.warning("turn %d: %s", live.turn.id, failure)
            state, error = "failed", failure.message
        live.state, live.error = state, error
        del self._live[live.turn.id]
        live.changes.touch()


def _events(tokens: Sequence[Token], start: int, records: Mapping[int, Record]) -> list[TurnEvent]:
    """The pieces from `start` on, in as few events as their order allows, with what `records` tell of them."""
    events = []
    while start < len(tokens):
        end = start + _MEASURED if records else len(tokens)
        for position, token in joined(tokens[start:end], start):
            measured = (records[piece] for piece in range(start, position) if piece in records) if records else ()
            known = [logprob for record in measured for logprob in record.logprobs()]
            events.append(TurnEvent(position=position, text=token.text, thinking=token.thinking, logprobs=known))
            start = position
    return events


def _outcome(live: LiveTurn, listening: asyncio.Task[None]) -> tuple[str, str]:
    """How the generation ended: a state, and an error for people."""
    if listening.cancelled():
        return ("cancelled", "") if live.canceled else ("interrupted", "the backend ended")
    failure = listening.exception()
    if failure is None:
        return "complete", ""
    if isinstance(failure, RequestCanceled):
        return "cancelled", failure.message
    if isinstance(failure, BackendError):
        return "failed", failure.message
    _log.error("turn %d failed", live.turn.id, exc_info=failure)
    return "failed", "the backend failed; its log says why"
