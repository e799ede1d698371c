"""Replies as server-sent events, in which the OpenAI and the Anthropic interface stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from backend.http.reply import Stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from backend.errors import BackendError

_encode = msgspec.json.Encoder().encode
_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "Connection": "keep-alive"}


def frame(body: msgspec.Struct, event: str = "") -> bytes:
    """One event. `event` is its name, which OpenAI's chat and completion streams leave out."""
    name = f"event: {event}\n".encode() if event else b""
    return b"%sdata: %s\n\n" % (name, _encode(body))


class EventStream(Stream):
    """A stream of events. `failure` makes the last frames of one that an error ends: the families differ in that."""

    def __init__(self, request: web.Request, failure: Callable[[BackendError], bytes]) -> None:
        super().__init__(request, _HEADERS)
        self._failure = failure

    async def send(self, body: msgspec.Struct, event: str = "") -> None:
        await self._write(frame(body, event))

    async def send_raw(self, frames: bytes) -> None:
        """Frames that are complete already, such as OpenAI's `[DONE]`."""
        await self._write(frames)

    async def fail(self, error: BackendError) -> web.StreamResponse:
        await self._write(self._failure(error))
        return await self.finish()
