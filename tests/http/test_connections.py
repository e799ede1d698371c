"""Connections that send too little, too slowly, or what is no HTTP."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from backend import doors
from backend.http.body import decode
from backend.http.connections import PATIENCE, Patience
from backend.http.gate import Rules
from backend.http.reply import json_reply
from backend.http.server import make_app
from backend.http.serving import Listener, serving
from backend.keys import Keyring
from backend.wire.ollama import ModelRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.fakes.wire import Wire

SHORT = Patience(header=0.3, body=0.3)
BODY = b"POST /api/show HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
CANARY = "sesame-canary"
_SECRET = b"Host: localhost\r\nX: sesame-canary\r\n"
BAD = {
    "a NUL": b"sesame-canary\x00 / HTTP/1.1\r\n\r\n",
    "a version": b"GET / HTTP/9.9 sesame-canary\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\nX: " + b"sesame-canary" * 1000 + b"\r\n\r\n",
    "3,000 headers": b"GET / HTTP/1.1\r\n" + _SECRET + b"Y: 1\r\n" * 3000 + b"\r\n",
    "a negative length": b"POST /api/show HTTP/1.1\r\nContent-Length: -1\r\n" + _SECRET + b"\r\n",
    "two framings": b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n" + _SECRET + b"\r\n0\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n" + _SECRET + b"\r\nhello!",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03sesame-canary",
}


class Peer:
    """A client that sends what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self) -> bytes:
        """All that comes until the server closes."""
        async with asyncio.timeout(5):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def nothing_for(self, seconds: float) -> None:
        """The server says nothing and keeps the line."""
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.reader.read(1)

    async def drip(self, piece: bytes) -> float:
        """Send a byte often until the server closes; how long that took, in seconds."""
        start = time.monotonic()
        async with asyncio.timeout(5):
            while not self.reader.at_eof():
                self.writer.write(piece)
                try:
                    async with asyncio.timeout(0.05):
                        await self.reader.read()
                except (TimeoutError, ConnectionError):
                    if self.writer.transport.is_closing():
                        break
        return time.monotonic() - start


class Server:
    """A server on a unix socket."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)

    @asynccontextmanager
    async def peer(self, first: bytes = b"") -> AsyncIterator[Peer]:
        reader, writer = await asyncio.open_unix_connection(self._path)
        writer.write(first)
        try:
            yield Peer(reader, writer)
        finally:
            writer.close()

    async def answers(self) -> int:
        """The status that a client of good manners gets."""
        connector = aiohttp.UnixConnector(self._path)
        async with aiohttp.ClientSession(connector=connector) as session, session.get("http://localhost/") as answer:
            return answer.status


async def _show(request: web.Request) -> web.Response:
    return json_reply(await decode(request, ModelRequest))


async def _never(request: web.Request) -> web.Response:
    await asyncio.Event().wait()
    return web.Response()


@pytest.fixture
async def server(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """With little patience, for as many connections as the parameter says."""
    app = make_app([[web.post("/api/show", _show), web.get("/api/tags", _never)]], Rules(Keyring(tmp_path)))
    with doors.unix(tmp_path / "s") as listening:
        async with serving(app, [Listener(listening)], getattr(request, "param", 100), SHORT):
            yield Server(tmp_path / "s")


def test_the_deadlines_are_those_that_are_promised() -> None:
    assert (PATIENCE.header, PATIENCE.body) == (10, 30)


@pytest.mark.parametrize("first", [b"", b"GET", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "])
async def test_a_header_that_does_not_come_ends_the_connection(server: Server, first: bytes) -> None:
    start = time.monotonic()
    async with server.peer(first) as peer:
        assert await peer.answer() == b""
    assert time.monotonic() - start < 10 * SHORT.header


async def test_a_header_that_drips_ends_the_connection(server: Server) -> None:
    async with server.peer(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ") as peer:
        assert await peer.drip(b"x") < 10 * SHORT.header


async def test_a_second_header_that_drips_ends_the_connection(server: Server) -> None:
    async with server.peer(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") as peer:
        assert b"Ollama is running" in await peer.reader.readuntil(b"running")
        peer.writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        assert await peer.drip(b"x") < 10 * SHORT.header


async def test_a_body_that_stops_is_told_so(server: Server) -> None:
    async with server.peer(BODY + b'{"model"') as peer:
        answer = await peer.answer()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert answer.endswith(b'{"error":"nothing more of the request body came for 0.3 s"}')


async def test_a_slow_body_that_goes_on_is_read(server: Server) -> None:
    text = b'{"model": "%b"}' % (b"x" * 87)
    assert len(text) == 100
    async with server.peer(BODY) as peer:
        for start in range(0, 80, 20):
            peer.writer.write(text[start : start + 20])
            await peer.nothing_for(SHORT.body / 2)
        peer.writer.write(text[80:])
        assert (await peer.reader.readline()).startswith(b"HTTP/1.1 200 ")


async def test_a_handler_may_take_longer_than_a_header(server: Server) -> None:
    async with server.peer(b"GET /api/tags HTTP/1.1\r\nHost: localhost\r\n\r\n") as peer:
        await peer.nothing_for(3 * SHORT.header)


@pytest.mark.parametrize("server", [3], indirect=True)
async def test_one_connection_too_many_is_told_so_and_the_next_finds_room(server: Server) -> None:
    async with server.peer() as first, server.peer(), server.peer():
        async with server.peer() as refused:
            answer = await refused.answer()
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b'{"error":"too many connections;' in answer
        await first.answer()  # the loris has run into its deadline
        assert await server.answers() == 200


async def test_bad_connections_leave_good_ones_alone(server: Server) -> None:
    async with server.peer(b"G"), server.peer(BODY), server.peer(b"\x00\xff"), server.peer():
        start = time.monotonic()
        assert [await server.answers() for _ in range(5)] == [200] * 5
        assert time.monotonic() - start < 1


@pytest.mark.parametrize("kind", BAD)
async def test_what_is_no_http_is_refused_in_json_and_kept_out_of_the_log(
    server: Server, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with server.peer(BAD[kind]) as peer:
        answer = await peer.answer()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] == b"400"
    assert b"application/json" in head
    assert body.startswith(b'{"error":"')
    for record in caplog.records:
        assert CANARY not in record.getMessage()
        assert record.exc_info is None
    assert await server.answers() == 200


async def test_what_a_request_says_stays_out_of_the_log(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await wire.post("/api/chat", model="m", messages=[{"role": "user", "content": CANARY}])
    await wire.send("GET", f"/puna/v1/sessions/search?q={CANARY}", headers={"X-Api-Key": CANARY, "Cookie": CANARY})
    await wire.send("GET", "/api/tags", headers={"Authorization": f"Bearer {CANARY}"})
    requests = [record for record in caplog.records if record.getMessage() == "request"]
    assert len(requests) == 3
    assert not [record for record in caplog.records if CANARY in f"{record.getMessage()} {record.__dict__}"]
