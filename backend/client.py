"""The typed client of a backend: the only door that the terminal has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend import errors
from backend.calls import Calls
from backend.download_client import DownloadClient
from backend.monitor_client import MonitorClient
from backend.session_client import SessionClient
from backend.wire import ollama, workstation
from backend.wire.verify import VerifyLine, VerifyRequest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from backend.settings import Settings


class Client(Calls):
    """`async with Client(settings) as client: …`. Errors are those of `Calls`."""

    def __init__(self, settings: Settings, agent: str = "puna") -> None:
        super().__init__(settings, agent)
        self.sessions = SessionClient(self)
        self.downloads = DownloadClient(self)
        self.monitor = MonitorClient(self)

    async def version(self) -> str:
        """The backend's version; the cheapest way to learn that it answers."""
        return (await self.call("GET", "/api/version", ollama.VersionResponse)).version

    async def tags(self) -> list[ollama.ModelSummary]:
        """Models in the store, newest first."""
        return (await self.call("GET", "/api/tags", ollama.TagsResponse)).models

    async def ps(self) -> list[ollama.RunningModel]:
        """Loaded models, longest remaining time first."""
        return (await self.call("GET", "/api/ps", ollama.PsResponse)).models

    async def show(self, model: str, *, verbose: bool = False) -> ollama.ShowResponse:
        """Everything known about one model."""
        return await self.call(
            "POST", "/api/show", ollama.ShowResponse, ollama.ModelRequest(model=model, verbose=verbose)
        )

    async def copy(self, source: str, destination: str) -> None:
        """Give a model a second name."""
        await self.tell("POST", "/api/copy", ollama.CopyRequest(source=source, destination=destination))

    async def delete(self, model: str) -> None:
        """Remove a model and the blobs that no other model needs."""
        await self.tell("DELETE", "/api/delete", ollama.ModelRequest(model=model))

    async def unload(self, model: str) -> None:
        """Unload a model as soon as it is idle."""
        request = ollama.GenerateRequest(model=model, keep_alive=0)
        await self.call("POST", "/api/generate", ollama.GenerateResponse, request)

    async def load(
        self, model: str, options: dict[str, Any] | None = None, keep_alive: float | str | None = None
    ) -> None:
        """Load a model without generating; returns when it is ready."""
        request = ollama.GenerateRequest(model=model, options=options or {}, keep_alive=keep_alive)
        await self.call("POST", "/api/generate", ollama.GenerateResponse, request)

    def generate(self, request: ollama.GenerateRequest) -> AsyncGenerator[ollama.GenerateResponse, None]:
        """Stream a completion. Closing the iterator stops the generation."""
        return self.lines("POST", "/api/generate", ollama.GenerateResponse, request)

    def chat(self, request: ollama.ChatRequest) -> AsyncGenerator[ollama.ChatResponse, None]:
        """Stream a chat reply. Closing the iterator stops the generation."""
        return self.lines("POST", "/api/chat", ollama.ChatResponse, request)

    async def embed(self, request: ollama.EmbedRequest) -> ollama.EmbedResponse:
        """Embeddings of one text or several."""
        return await self.call("POST", "/api/embed", ollama.EmbedResponse, request)

    def pull(self, model: str, *, insecure: bool = False) -> AsyncGenerator[ollama.Progress, None]:
        """Fetch a model from a registry or from a `pip://` distribution, with progress."""
        return self.lines("POST", "/api/pull", ollama.Progress, ollama.PullRequest(model=model, insecure=insecure))

    def push(self, model: str, *, insecure: bool = False) -> AsyncGenerator[ollama.Progress, None]:
        """Send a model to the registry that its name says, with progress."""
        return self.lines("POST", "/api/push", ollama.Progress, ollama.PushRequest(model=model, insecure=insecure))

    def create(self, request: ollama.CreateRequest) -> AsyncGenerator[ollama.Progress, None]:
        """Make a model of uploaded blobs or of another model, with progress."""
        return self.lines("POST", "/api/create", ollama.Progress, request)

    def verify(self, model: str = "", *, repair: bool = False) -> AsyncGenerator[VerifyLine, None]:
        """Check every blob of a model, or of the store, with progress; `repair` fetches damaged ones again."""
        return self.lines("POST", "/puna/v1/verify", VerifyLine, VerifyRequest(model=model, repair=repair))

    async def has_blob(self, digest: str) -> bool:
        """Whether the backend already holds the blob `sha256:…`."""
        try:
            async with self.send("HEAD", f"/api/blobs/{digest}"):
                return True
        except errors.NotFound:
            return False

    async def upload_blob(self, digest: str, path: Path) -> None:
        """Upload a file whose digest is `digest`."""
        with path.open("rb") as file:  # aiohttp reads it in a thread
            async with self.send("POST", f"/api/blobs/{digest}", data=file):
                pass

    async def cancel(self, request_id: str) -> None:
        """Cancel a live generation of any client."""
        await self.tell("DELETE", f"/puna/v1/requests/{request_id}")

    def events(self) -> AsyncGenerator[workstation.Snapshot, None]:
        """Snapshots of the backend's state: one now, one after each change."""
        return self.events_of("/puna/v1/events", workstation.Snapshot)
