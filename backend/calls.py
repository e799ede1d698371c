"""Requests to a backend and the reading of its answers: what every typed client of it is made of."""

from __future__ import annotations

import os
import ssl
from contextlib import asynccontextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self, TypeVar

import aiohttp
import msgspec
import orjson

from backend import errors
from backend.key_file import read_key

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path
    from types import TracebackType

    from backend.address import Address
    from backend.settings import Settings

T = TypeVar("T")
_LINE_LIMIT = 8 << 20
_BY_STATUS: dict[int, type[errors.BackendError]] = {
    400: errors.BadRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    499: errors.RequestCanceled,
    503: errors.QueueFull,
}


class Calls:
    """One connection pool, over the unix socket if it exists, else to `settings.address`; with its key, if it has one.

    Every method raises a `BackendError` subclass: `ConnectFailed` if nobody answers, otherwise the type that the status
    means, with the backend's own message.
    """

    def __init__(self, settings: Settings, agent: str = "puna") -> None:
        """`agent`: who it is, in the list of live requests."""
        address = settings.address
        socket = str(settings.socket) if address.is_here and _is_own(settings.socket) else ""
        if address.scheme == "unix":
            socket = address.host
        self.place = socket or address.url
        self._base = "http://localhost" if socket else address.url
        self._connector = aiohttp.UnixConnector(socket) if socket else aiohttp.TCPConnector(ssl=_trust(address))
        self._headers = {"User-Agent": agent}
        if key := settings.key or (read_key(settings.key_file) if settings.key_file.name else ""):
            self._headers["Authorization"] = f"Bearer {key}"
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            self._base,
            connector=self._connector,
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=None, connect=10),
            read_bufsize=1 << 16,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, path: str, kind: type[T], body: msgspec.Struct | None = None) -> T:
        """The answer to a request, as `kind`."""
        async with self.send(method, path, body) as response:
            return _decode(await response.read(), kind)

    async def text(self, path: str) -> str:
        """An answer that is plain text."""
        async with self.send("GET", path) as response:
            return await response.text("utf-8")

    async def data(self, path: str) -> bytes:
        """An answer that is a file."""
        async with self.send("GET", path) as response:
            return await response.read()

    async def tell(self, method: str, path: str, body: msgspec.Struct | None = None) -> None:
        """A request whose answer is empty."""
        async with self.send(method, path, body):
            pass

    async def lines(
        self, method: str, path: str, kind: type[T], body: msgspec.Struct | None = None
    ) -> AsyncGenerator[T, None]:
        """The objects of a stream of JSON lines, as they come."""
        async with self.send(method, path, body) as response:
            async for line in _lines(response):
                if line.startswith(b'{"error"'):
                    raise errors.BackendError(str(orjson.loads(line)["error"]))
                yield _decode(line, kind)

    async def events_of(self, path: str, kind: type[T]) -> AsyncGenerator[T, None]:
        """The objects of a stream of server-sent events, as they come."""
        async with self.send("GET", path) as response:
            async for line in _lines(response):
                if line.startswith(b"data:"):
                    yield _decode(line[5:], kind)

    @asynccontextmanager
    async def send(
        self, method: str, path: str, body: msgspec.Struct | None = None, data: Any = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The response to a request whose status is below 400."""
        if self._session is None:
            raise RuntimeError("the client is used outside its `async with`")
        if self._session.closed:
            raise errors.ConnectFailed(f"the connection to the backend at {self.place} is closed")
        headers = {}
        if body is not None:
            data, headers = BytesIO(msgspec.json.encode(body)), {"Content-Type": "application/json"}  # sent in pieces
        try:
            async with self._session.request(method, path, data=data, headers=headers) as response:
                if response.status >= 400:
                    raise _error(response.status, await response.read())
                yield response
        except aiohttp.ClientConnectorCertificateError as error:
            raise errors.ConnectFailed(
                f"the certificate of {self.place} is not trusted ({_reason(error)}); if it is the backend's own, name "
                "its PEM file: SSL_CERT_FILE=FILE"
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise errors.ConnectFailed(f"no backend answers at {self.place}; start one with `puna serve`") from error
        except (TimeoutError, aiohttp.ClientError, ConnectionError) as error:
            raise errors.ConnectFailed(f"the connection to the backend at {self.place} broke") from error


def _is_own(socket: Path) -> bool:
    """Whether the socket is there, of this user or of root. One that another user put there is refused."""
    try:
        owner = socket.stat().st_uid
    except OSError:
        return False
    if not socket.name:
        return False
    if owner not in (os.geteuid(), 0):
        raise errors.ConnectFailed(f"the socket {socket} belongs to another user; set PUNA_SOCKET to one of your own")
    return True


def _trust(address: Address) -> ssl.SSLContext | bool:
    """Whose certificates are trusted: those of the system, or of the file in OpenSSL's variable `SSL_CERT_FILE`."""
    return ssl.create_default_context() if address.scheme == "https" else True


def _reason(error: aiohttp.ClientConnectorCertificateError) -> str:
    cause = error.certificate_error
    return getattr(cause, "verify_message", "") or str(cause)


def _error(status: int, body: bytes) -> errors.BackendError:
    try:
        message = str(orjson.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        message = body.decode("utf-8", "replace").strip() or f"the backend answered with status {status}"
    return _BY_STATUS.get(status, errors.BackendError)(message, status=status)


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise errors.BackendError(f"the backend's answer cannot be read: {error}") from error


async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Non-empty lines of a stream, as they arrive. aiohttp's own line reader stops at its buffer size."""
    rest = b""
    async for chunk in response.content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line:
                yield line
        if len(rest) > _LINE_LIMIT:
            raise errors.BackendError("the backend sent a line without end")
    if rest:
        yield rest
