"""Raw HTTP to the backend under test: what a client's library would hide."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from backend.address import Address
    from backend.settings import Settings

NDJSON = "application/x-ndjson"
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        assert self.headers["Content-Type"] == JSON
        return orjson.loads(self.body)

    @property
    def lines(self) -> list[Any]:
        """The objects of a stream of JSON lines."""
        assert self.headers["Content-Type"] == NDJSON
        assert self.body.endswith(b"\n")
        return [orjson.loads(line) for line in self.body[:-1].split(b"\n")]

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and text of an error in its native shape."""
        assert list(self.json) == ["error"]
        return self.status, self.json["error"]


class Wire:
    """Requests to one backend over TCP."""

    def __init__(self, session: aiohttp.ClientSession, address: Address) -> None:
        self.session = session
        self._address = address

    async def send(
        self, method: str, path: str, data: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        request = self.session.request(method, path, data=data, headers=headers, allow_redirects=False)
        async with request as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str) -> Answer:
        return await self.send("GET", path)

    async def post(self, path: str, **body: Any) -> Answer:
        return await self.send("POST", path, orjson.dumps(body))

    async def head_of(self, request: bytes) -> bytes:
        """The status line and the headers that answer a request no library would send."""
        reader, writer = await asyncio.open_connection(self._address.host, self._address.port)
        try:
            writer.write(request)
            return await reader.readuntil(b"\r\n\r\n")
        finally:
            writer.close()
            await writer.wait_closed()


@pytest.fixture
async def wire(backend: Settings) -> AsyncIterator[Wire]:
    """Raw HTTP to the backend in this process."""
    async with aiohttp.ClientSession(backend.address.url) as session:
        yield Wire(session, backend.address)
