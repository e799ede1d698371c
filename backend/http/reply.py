"""Replies in Ollama's form: one JSON document, or a stream of JSON lines."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import msgspec
import orjson
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend.errors import BackendError

_encode = msgspec.json.Encoder().encode
_SMALL = 1 << 14  # bytes, less than a connection buffers
_STALL_S = 60.0  # that a client may leave a full buffer unread
JSON_TYPE = "application/json; charset=utf-8"


def json_reply(body: msgspec.Struct) -> web.Response:
    return web.Response(body=_encode(body), headers={"Content-Type": JSON_TYPE})


def error_reply(error: BackendError) -> web.Response:
    """The native error shape: `{"error": text}` with the error's status."""
    body = orjson.dumps({"error": printable(error.message)})
    return web.Response(status=error.status, body=body, headers={"Content-Type": JSON_TYPE})


def printable(text: str) -> str:
    """Text that JSON can carry: a lone surrogate, which file names may hold, is replaced."""
    return text.encode("utf-8", "replace").decode()


class Stream(ABC):
    """A reply that grows. It starts with the first piece, so that an error before that has its status.

    From then on the request knows its stream as `STREAM`: whoever maps errors ends it by `fail`.
    """

    def __init__(self, request: web.Request, headers: Mapping[str, str]) -> None:
        self._request = request
        self._headers = headers
        self._response: web.StreamResponse | None = None

    @abstractmethod
    async def fail(self, error: BackendError) -> web.StreamResponse:
        """End by telling the error. At least one piece must have been sent."""

    async def finish(self) -> web.StreamResponse:
        """The response, complete. At least one piece must have been sent."""
        if self._response is None:
            raise RuntimeError("a stream ended without a piece")
        await self._response.write_eof()
        return self._response

    async def _write(self, piece: bytes) -> None:
        if self._response is None:
            self._response = web.StreamResponse(headers=self._headers)
            self._request[STREAM] = self
            await self._response.prepare(self._request)
        transport = self._request.transport
        if transport is None or (len(piece) < _SMALL and transport.get_write_buffer_size() == 0):  # it cannot block
            await self._response.write(piece)
            return
        try:
            async with asyncio.timeout(_STALL_S):
                await self._response.write(piece)
        except TimeoutError:  # who has stopped reading holds a slot that others wait for
            transport.abort()
            raise ConnectionResetError("the client has stopped reading") from None


class LineStream(Stream):
    """A stream of JSON lines."""

    def __init__(self, request: web.Request) -> None:
        super().__init__(request, {"Content-Type": "application/x-ndjson"})

    async def send(self, body: msgspec.Struct) -> None:
        await self._write(_encode(body) + b"\n")

    async def fail(self, error: BackendError) -> web.StreamResponse:
        await self._write(orjson.dumps({"error": printable(error.message)}) + b"\n")
        return await self.finish()


STREAM = web.RequestKey("stream", Stream)
