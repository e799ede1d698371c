"""Connections as the server holds them: few enough, and none that sends nothing for long (the trust document's loris).

aiohttp alone waits for ever for the end of a header and of a body.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson
from aiohttp import web
from aiohttp.http import HttpProcessingError

from backend.errors import BadRequest
from backend.http.access_log import RequestLog
from backend.http.reply import error_reply

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    from aiohttp.typedefs import Handler
    from aiohttp.web_request import BaseRequest

_log = logging.getLogger("backend.http")
_requests = logging.getLogger("backend.http.requests")
_KEEP_ALIVE_S = 75.0  # between requests of one connection, as nginx has it
_FULL = orjson.dumps({"error": "too many connections; close some, or try again in a moment"})
_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close\r\n"
    b"Retry-After: 1\r\nContent-Length: %d\r\n\r\n%s" % (len(_FULL), _FULL)
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a connection may take, in seconds: for all of a header, and between two pieces of a body."""

    header: float = 10.0
    body: float = 30.0


PATIENCE: Final = Patience()


class Door:
    """The connections of one listening socket, `most` at once. Its instances make the protocols of a server."""

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop, most: int, patience: Patience) -> None:
        self.most = most
        self.open = 0
        self.patience = patience
        self._make: Callable[[], Connection] = lambda: Connection(server, loop, self)

    def __call__(self) -> Connection:
        return self._make()


class Connection(web.RequestHandler):
    """One connection with its deadlines. One over the number that its door takes is answered by 503 and closed."""

    __slots__ = ("_deadline", "_door", "_heard", "_refused", "_serving")

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop, door: Door) -> None:
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=_KEEP_ALIVE_S,
            logger=_log,
            access_log=_requests,
            access_log_class=RequestLog,
            auto_decompress=False,
        )
        self._door = door
        self._deadline: asyncio.TimerHandle | None = None
        self._heard = 0.0
        self._serving: BaseRequest | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._door.open += 1
        if self._door.open > self._door.most:
            self._refused = True
            transport.write(_REFUSAL)  # type: ignore[attr-defined] # of a stream
            transport.close()
            return
        super().connection_made(transport)
        self._expect_header()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._heard = self._loop.time()
        if self._serving is None and self._deadline is None:
            self._expect_header()
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._door.open -= 1
        self._settle()
        super().connection_lost(exc)

    @contextmanager
    def serving(self, request: BaseRequest) -> Iterator[None]:
        """The header of the request has come, and it is handled for as long as the block lasts."""
        self._settle()
        self._serving = request
        self._heard = self._loop.time()
        if not request.content.is_eof():
            self._deadline = self._loop.call_later(self._door.patience.body, self._expect_body)
        try:
            yield
        finally:
            self._settle()
            self._serving = None

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """What is no HTTP is told so in JSON, and its bytes stay out of the log."""
        if not isinstance(exc, HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        _log.info("a request from %s is no HTTP: %s", request.remote or "the socket", type(exc).__name__)
        reply = error_reply(BadRequest("the request is not HTTP/1.1 as this server reads it", status=status))
        reply.force_close()
        return reply

    def _settle(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expect_header(self) -> None:
        self._deadline = self._loop.call_later(self._door.patience.header, self._give_up)

    def _give_up(self) -> None:
        self._deadline = None
        _log.info("a connection sent no whole header within %g s", self._door.patience.header)
        self.force_close()

    def _expect_body(self) -> None:
        """Time to look whether more of the body has come. Whom we do not read ourselves is not slow."""
        self._deadline = None
        request, patience = self._serving, self._door.patience.body
        if request is None or request.content.is_eof() or self.transport is None:
            return
        due = self._heard + patience if self.transport.is_reading() else self._loop.time() + patience
        if due > self._loop.time():
            self._deadline = self._loop.call_at(due, self._expect_body)
            return
        stalled = BadRequest(f"nothing more of the request body came for {patience:g} s", status=408)
        request.content.set_exception(stalled)
        request.content.feed_eof()  # nobody waits for the rest


@web.middleware
async def deadlines(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tells the connection that a request has begun and ended."""
    if not isinstance(request.protocol, Connection):
        return await handler(request)
    with request.protocol.serving(request):
        reply = await handler(request)
    if reply.status == 408 and not reply.prepared:
        reply.force_close()  # what else comes belongs to the request that was given up
    return reply
