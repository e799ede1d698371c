"""The sessions of a scripted backend: a small tree in memory, and turns that say what a test tells them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from backend.errors import BackendError, ConnectFailed, NotFound
from backend.wire.sessions import (
    ExportedMessage,
    ExportedSession,
    Hit,
    MessageToken,
    MessageView,
    NewSession,
    Session,
    SessionChange,
    SessionSummary,
    Turn,
    TurnEvent,
    TurnRequest,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

WHEN = "2026-01-02T03:04:05Z"


@dataclass(frozen=True)
class End:
    """How a turn ends, with fields of its message."""

    fields: dict[str, Any]


def chunk(text: str = "", *, thinking: str = "") -> TurnEvent:
    """A piece of a reply."""
    return TurnEvent(text=text, thinking=thinking)


def final(reason: str = "stop") -> End:
    """The end of a reply, with its figures."""
    figures = {"prompt_tokens": 40, "tokens": 120, "total_ns": 1_900_000_000, "decode_ns": 1_428_571_428}
    return End({"state": "complete", "done_reason": reason, **figures})


def failed(error: str, state: str = "failed") -> End:
    """The end of a reply that came to nothing."""
    return End({"state": state, "error": error})


@dataclass
class _Turn:
    session: str
    coming: asyncio.Queue[object]
    pieces: list[TurnEvent] = field(default_factory=list)


class ScriptedSessions:
    """`stored` is what it knows. What `reply` is told goes to the turn that runs, else to the next one.

    A `ConnectFailed` among it cuts the line of whoever is attached; the turn goes on.
    """

    def __init__(self, note: Callable[[str, object], None], changed: Callable[[], None]) -> None:
        self.stored: dict[str, Session] = {}
        self.turns: dict[int, _Turn] = {}
        self._note = note
        self._changed = changed
        self._next: asyncio.Queue[object] = asyncio.Queue()
        self._ids = 0
        self.tokens_of: dict[int, list[MessageToken]] = {}

    def reply(self, *items: object) -> None:
        """Let the newest running turn say this, or the next one if none runs."""
        running = [turn for turn, one in self.turns.items() if self._message(one.session, turn).state == "running"]
        queue = self.turns[running[-1]].coming if running else self._next
        for item in items:
            queue.put_nowait(item)

    def say(self, turn: int, *items: object) -> None:
        """Let one of several turns that run say this."""
        for item in items:
            self.turns[turn].coming.put_nowait(item)

    def add(self, *texts: str, title: str = "a chat", **fields: Any) -> Session:
        """A session that was there before: a message of the user, a reply, and so on."""
        session = self._new(NewSession(title=title, model="smollm2:135m"))
        for place, text in enumerate(texts):
            self._put(session, session.leaf, "assistant" if place % 2 else "user", content=text)
        for name, value in fields.items():
            setattr(session, name, value)
        return session

    def running(self, session: Session) -> int:
        """A reply that somebody else asked for at the end of a session. The turn."""
        return self._begin(session, session.leaf).id

    async def summaries(self, tag: str = "", limit: int = 100, offset: int = 0) -> list[SessionSummary]:
        self._note("sessions.summaries", tag)
        newest = sorted(self.stored.values(), key=lambda session: session.updated_at, reverse=True)
        wanted = [session for session in newest if not tag or tag in session.tags]
        names = SessionSummary.__struct_fields__
        return [
            SessionSummary(**{name: getattr(session, name) for name in names})
            for session in wanted[offset : offset + limit]
        ]

    async def search(self, query: str, limit: int = 100) -> list[Hit]:
        self._note("sessions.search", query)
        hits = []
        for session in self.stored.values():
            for message in session.messages:
                place = message.content.lower().find(query.lower())
                if query and place >= 0:
                    matches = [(place, place + len(query))]
                    where: dict[str, Any] = {"session": session.id, "title": session.title, "message": message.id}
                    hits.append(Hit(**where, role=message.role, snippet=message.content, matches=matches))
        return hits[:limit]

    async def create(self, new: NewSession) -> Session:
        self._note("sessions.create", new)
        return _copy(self._new(new))

    async def read(self, session: str) -> Session:
        self._note("sessions.read", session)
        return _copy(self._session(session))

    async def change(self, session: str, change: SessionChange) -> Session:
        self._note("sessions.change", (session, change))
        stored = self._session(session)
        for name, value in msgspec.structs.asdict(change).items():
            if value is not msgspec.UNSET:
                setattr(stored, name, value)
        self._touch(stored)
        return _copy(stored)

    async def delete(self, session: str) -> None:
        self._note("sessions.delete", session)
        self._session(session)
        del self.stored[session]
        self._changed()

    async def message(self, session: str, message: int) -> MessageView:
        self._note("sessions.message", message)
        return msgspec.structs.replace(self._message(session, message))

    async def tokens(self, session: str, message: int) -> list[MessageToken]:
        self._note("sessions.tokens", message)
        return list(self.tokens_of.get(message, ()))

    async def edit(self, session: str, message: int, content: str) -> MessageView:
        self._note("sessions.edit", (message, content))
        self._message(session, message).content = content
        self._touch(self._session(session))
        return msgspec.structs.replace(self._message(session, message))

    async def remove(self, session: str, message: int, *, descendants: bool = False) -> Session:
        self._note("sessions.remove", (message, descendants))
        stored, gone = self._session(session), {message}
        parent = self._message(session, message).parent
        for other in stored.messages:
            if other.parent in gone and descendants:
                gone.add(other.id)
            elif other.parent == message:
                other.parent = parent
        stored.messages = [other for other in stored.messages if other.id not in gone]
        stored.leaf = parent if stored.leaf in gone else stored.leaf
        self._touch(stored)
        return _copy(stored)

    async def export(self, session: str) -> ExportedSession:
        self._note("sessions.export", session)
        whole = self._session(session)
        fields = {name: getattr(whole, name) for name in NewSession.__struct_fields__}
        messages = [ExportedMessage(**msgspec.structs.asdict(message)) for message in whole.messages]
        return ExportedSession(**fields, leaf=whole.leaf, messages=messages)

    async def export_markdown(self, session: str) -> str:
        self._note("sessions.export_markdown", session)
        whole = self._session(session)
        return f"# {whole.title}\n\n" + "\n\n".join(message.content for message in whole.messages) + "\n"

    async def restore(self, document: ExportedSession) -> Session:
        self._note("sessions.restore", document)
        session = self._new(document)
        for message in document.messages:
            self._put(session, session.leaf, message.role, content=message.content)
        return _copy(session)

    async def start(self, session: str, request: TurnRequest) -> Turn:
        self._note("sessions.start", request)
        stored = self._session(session)
        prompt = stored.leaf if request.parent is None else request.parent
        if request.content is not None:
            prompt = self._put(stored, prompt, "user", content=request.content, image_count=len(request.images)).id
            stored.title = stored.title or request.content.split("\n")[0][:60]
        turn = self._begin(stored, prompt, request.model)
        if request.prefix:
            beginning = TurnEvent(text=request.prefix, thinking=request.prefix_thinking)
            self._hear(self.turns[turn.id], self._message(session, turn.id), beginning)
        return turn

    async def attach(self, turn: int, start: int = 0) -> AsyncGenerator[TurnEvent, None]:
        self._note("sessions.attach", (turn, start))
        if turn not in self.turns:
            raise NotFound(f"no turn {turn}")
        live = self.turns[turn]
        message = self._message(live.session, turn)
        place = min(start, len(live.pieces))
        yield TurnEvent(position=place, state="running")
        while True:
            for event in live.pieces[place:]:
                place += 1
                yield msgspec.structs.replace(event, position=place)
            if message.state != "running":
                yield TurnEvent(position=place, state=message.state, error=message.error)
                return
            self._hear(live, message, await live.coming.get())

    async def cancel(self, turn: int) -> None:
        self._note("sessions.cancel", turn)
        if turn not in self.turns or self._message(self.turns[turn].session, turn).state != "running":
            raise NotFound(f"no running turn {turn}")
        self.turns[turn].coming.put_nowait(End({"state": "cancelled"}))

    def _hear(self, live: _Turn, message: MessageView, item: object) -> None:
        if isinstance(item, ConnectFailed):
            raise item
        if isinstance(item, BackendError):
            item = failed(item.message)
        if isinstance(item, TurnEvent):
            live.pieces.append(item)
            message.content += item.text
            message.thinking += item.thinking
            return
        assert isinstance(item, End)
        for name, value in item.fields.items():
            setattr(message, name, value)
        session = self._session(live.session)
        session.running = [turn for turn in session.running if turn != message.id]
        self._touch(session)

    def _begin(self, session: Session, prompt: int, model: str = "") -> Turn:
        reply = self._put(session, prompt, "assistant", state="running", model=model or session.model)
        session.running.append(reply.id)
        self.turns[reply.id] = _Turn(session.id, self._next)
        self._next = asyncio.Queue()
        return Turn(id=reply.id, session=session.id, prompt=prompt)

    def _new(self, new: NewSession) -> Session:
        self._ids += 1
        fields = {name: getattr(new, name) for name in NewSession.__struct_fields__}
        fields |= {"created_at": WHEN, "updated_at": WHEN, "message_count": 0, "leaf": 0, "messages": []}
        session = Session(id=f"s{self._ids}", **fields)
        self.stored[session.id] = session
        self._touch(session)
        return session

    def _put(self, session: Session, parent: int, role: str, **fields: Any) -> MessageView:
        self._ids += 1
        fields = {"content": ""} | fields
        message = MessageView(id=self._ids, parent=parent, role=role, created_at=WHEN, **fields)
        session.messages.append(message)
        session.leaf = message.id
        self._touch(session)
        return message

    def _touch(self, session: Session) -> None:
        self._ids += 1
        session.message_count = len(session.messages)
        session.updated_at = f"2026-01-02T03:04:05.{self._ids:06}Z"
        self._changed()

    def _session(self, session: str) -> Session:
        if session not in self.stored:
            raise NotFound(f"no session {session!r}")
        return self.stored[session]

    def _message(self, session: str, message: int) -> MessageView:
        found = [one for one in self._session(session).messages if one.id == message]
        if not found:
            raise NotFound(f"no message {message} in session {session!r}")
        return found[0]


def _copy(session: Session) -> Session:
    return msgspec.convert(msgspec.to_builtins(session), Session)
