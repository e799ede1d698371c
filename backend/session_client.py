"""The sessions of a backend, for its typed client: `client.sessions`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from backend.wire import sessions as wire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from backend.calls import Calls

_ROOT = "/puna/v1/sessions"


class SessionClient:
    """Chats that the backend keeps. Errors are those of `Calls`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def summaries(self, tag: str = "", limit: int = 100, offset: int = 0) -> list[wire.SessionSummary]:
        """Sessions, the last changed first."""
        query = urlencode({"tag": tag, "limit": limit, "offset": offset})
        return (await self._calls.call("GET", f"{_ROOT}?{query}", wire.SessionList)).sessions

    async def search(self, query: str, limit: int = 100) -> list[wire.Hit]:
        """Titles, then messages with all words of `query`, the last of which may be the beginning of one."""
        path = f"{_ROOT}/search?{urlencode({'q': query, 'limit': limit})}"
        return (await self._calls.call("GET", path, wire.SearchResult)).hits

    async def create(self, new: wire.NewSession) -> wire.Session:
        """A session without messages."""
        return await self._calls.call("POST", _ROOT, wire.Session, new)

    async def read(self, session: str) -> wire.Session:
        """A session with all its messages, without their images."""
        return await self._calls.call("GET", _path(session), wire.Session)

    async def change(self, session: str, change: wire.SessionChange) -> wire.Session:
        """Change what is given: title, tags, model, system, options, think, or the branch that goes on."""
        return await self._calls.call("PATCH", _path(session), wire.Session, change)

    async def delete(self, session: str) -> None:
        """Cancel its turns and remove it."""
        await self._calls.tell("DELETE", _path(session))

    async def message(self, session: str, message: int) -> wire.MessageView:
        """One message, without its images."""
        return await self._calls.call("GET", f"{_path(session)}/messages/{message}", wire.MessageView)

    async def edit(self, session: str, message: int, content: str) -> wire.MessageView:
        """Another text for a message, in its place. To branch instead, start a turn at its parent."""
        path = f"{_path(session)}/messages/{message}"
        return await self._calls.call("PATCH", path, wire.MessageView, wire.MessageChange(content=content))

    async def remove(self, session: str, message: int, *, descendants: bool = False) -> wire.Session:
        """Remove a message, with what hangs on it; or else that moves up to the message before it."""
        path = f"{_path(session)}/messages/{message}?descendants={str(descendants).lower()}"
        return await self._calls.call("DELETE", path, wire.Session)

    async def image(self, session: str, message: int, number: int) -> bytes:
        """An image of a message, from 0."""
        return await self._calls.data(f"{_path(session)}/messages/{message}/images/{number}")

    async def tokens(self, session: str, message: int) -> list[wire.MessageToken]:
        """The tokens of a reply with their log probabilities, as far as they are stored."""
        path = f"{_path(session)}/messages/{message}/tokens"
        return (await self._calls.call("GET", path, wire.MessageTokens)).tokens

    async def save(self, session: str, model: str) -> None:
        """Make a model of the session: its model with its system text, its options and the branch that goes on."""
        await self._calls.tell("POST", f"{_path(session)}/save", wire.SaveRequest(model=model))

    async def export(self, session: str) -> wire.ExportedSession:
        """Everything about a session, images too."""
        return await self._calls.call("GET", f"{_path(session)}/export", wire.ExportedSession)

    async def export_markdown(self, session: str) -> str:
        """The branch that goes on, for people to read."""
        return await self._calls.text(f"{_path(session)}/export?format=markdown")

    async def restore(self, document: wire.ExportedSession) -> wire.Session:
        """A new session of an exported one."""
        return await self._calls.call("POST", f"{_ROOT}/import", wire.Session, document)

    async def start(self, session: str, request: wire.TurnRequest) -> wire.Turn:
        """Begin a turn, which goes on whether or not anyone is attached."""
        return await self._calls.call("POST", f"{_path(session)}/turns", wire.Turn, request)

    def attach(self, turn: int, start: int = 0, *, logprobs: bool = False) -> AsyncGenerator[wire.TurnEvent, None]:
        """A turn from its piece `start` on; the turn goes on when the iterator is closed.

        With `logprobs`, if the turn has them, each event tells those of its tokens.
        """
        query = urlencode({"from": start, "logprobs": str(logprobs).lower()})
        return self._calls.lines("GET", f"/puna/v1/turns/{turn}/stream?{query}", wire.TurnEvent)

    async def cancel(self, turn: int) -> None:
        """End a turn; its text so far is stored when this returns."""
        await self._calls.tell("POST", f"/puna/v1/turns/{turn}/cancel")


def _path(session: str) -> str:
    return f"{_ROOT}/{quote(session, safe='')}"
