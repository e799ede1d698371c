"""A backend that does what a test says: it satisfies the app's `Gateway` without a daemon."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from backend import __version__
from backend.errors import BackendError, NotFound
from backend.wire.ollama import CreateRequest, Details, ModelSummary, Progress, ShowResponse
from backend.wire.workstation import RequestView, RunnerView, Snapshot
from tests.tui.scripted_downloads import ScriptedDownloads
from tests.tui.scripted_monitor import ScriptedMonitor
from tests.tui.scripted_sessions import ScriptedSessions
from tests.tui.scripted_sessions import chunk as chunk
from tests.tui.scripted_sessions import final as final

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

    from backend.settings import Settings

WHEN = "2026-01-02T03:04:05Z"
END = object()


def model(name: str, size: int = 98_400_000, level: str = "Q4_1", parameters: str = "134.52M") -> ModelSummary:
    """An item of the store."""
    details = Details(
        parent_model="",
        format="gguf",
        family="llama",
        families=["llama"],
        parameter_size=parameters,
        quantization_level=level,
    )
    return ModelSummary(name=name, model=name, modified_at=WHEN, size=size, digest="0" * 64, details=details)


def runner(name: str, **changes: Any) -> RunnerView:
    """A ready runner."""
    view = RunnerView(
        id=f"r-{name}",
        model=name,
        state="ready",
        engine="llama.cpp",
        progress=1.0,
        size=98_400_000,
        size_vram=0,
        resident=312_000_000,
        context_length=8192,
        slots=4,
        active=0,
        queued=0,
        tokens_per_second=0.0,
        expires_in=271.0,
    )
    for key, value in changes.items():
        setattr(view, key, value)
    return view


def request(name: str, **changes: Any) -> RequestView:
    """A chat that is being decoded."""
    view = RequestView(
        id=f"q-{name}",
        model=name,
        kind="chat",
        client="127.0.0.1",
        state="decode",
        prompt_tokens=40,
        tokens=120,
        tokens_per_second=84.0,
        elapsed=1.4,
    )
    for key, value in changes.items():
        setattr(view, key, value)
    return view


class ScriptedBackend:
    """Fields are what it knows, queues are what it says next, `calls` is what it was asked."""

    def __init__(self, *names: str) -> None:
        self.models = [model(name) for name in names]
        self.shown = ShowResponse(
            details=model("x").details,
            model_info={"general.architecture": "llama", "llama.context_length": 8192, "llama.block_count": 30},
            capabilities=["completion"],
            modified_at=WHEN,
        )
        self.snapshot = Snapshot(
            version=__version__,
            models_revision=1,
            runners=[],
            requests=[],
            memory_total=8_000_000_000,
            memory_available=5_000_000_000,
            cpu=12.0,
        )
        self.calls: list[tuple[str, object]] = []
        self.events_queue: asyncio.Queue[object] = asyncio.Queue()
        self.refuse: BackendError | None = None
        self.refuse_start: BackendError | None = None
        self.blobs: dict[str, bytes] = {}
        self.sessions = ScriptedSessions(self._note, self._sessions_changed)
        self.monitor = ScriptedMonitor(self._note)
        self.downloads = ScriptedDownloads(self._note, lambda queue: self.tell(downloads=queue))

    @asynccontextmanager
    async def connect(self, settings: Settings | None = None) -> AsyncIterator[ScriptedBackend]:
        self.calls.append(("connect", None))
        if settings is not None:
            self.calls.append(("place", settings.address.url))
        if self.refuse_start is not None:
            raise self.refuse_start
        yield self

    def tell(self, **changes: Any) -> None:
        """Change the state and send a snapshot of it."""
        for key, value in changes.items():
            setattr(self.snapshot, key, value)
        self.events_queue.put_nowait(msgspec.structs.replace(self.snapshot))

    def reply(self, *items: object) -> None:
        """Let the turn that runs say this, or the next one."""
        self.sessions.reply(*items)

    async def tags(self) -> list[ModelSummary]:
        self._note("tags", None)
        return list(self.models)

    async def show(self, model: str) -> ShowResponse:
        self._note("show", model)
        return self.shown

    async def load(
        self, model: str, options: dict[str, Any] | None = None, keep_alive: float | str | None = None
    ) -> None:
        self._note("load", (model, options, keep_alive))

    async def unload(self, model: str) -> None:
        self._note("unload", model)

    async def delete(self, model: str) -> None:
        self._note("delete", model)
        self.models = [item for item in self.models if item.name != model]

    async def cancel(self, request_id: str) -> None:
        self._note("cancel", request_id)

    async def has_blob(self, digest: str) -> bool:
        self._note("has_blob", digest)
        return digest in self.blobs

    async def upload_blob(self, digest: str, path: Path) -> None:
        self._note("upload_blob", digest)
        self.blobs[digest] = await asyncio.to_thread(path.read_bytes)

    async def create(self, request: CreateRequest) -> AsyncIterator[Progress]:
        self._note("create", request)
        if any(digest not in self.blobs for digest in (request.files or {}).values()):
            raise NotFound("blob not found")
        self.models.insert(0, model(request.model + ":latest"))
        yield Progress(status="success")

    async def events(self) -> AsyncGenerator[Snapshot, None]:
        yield msgspec.structs.replace(self.snapshot)
        async for item in _drain(self.events_queue):
            assert isinstance(item, Snapshot)
            yield item

    def asked(self, name: str) -> list[object]:
        """The arguments of every call of one method."""
        return [argument for call, argument in self.calls if call == name]

    def _sessions_changed(self) -> None:
        self.tell(sessions_revision=self.snapshot.sessions_revision + 1)

    def _note(self, name: str, argument: object) -> None:
        self.calls.append((name, argument))
        if self.refuse is not None:
            raise self.refuse


async def _drain(queue: asyncio.Queue[object]) -> AsyncIterator[object]:
    while (item := await queue.get()) is not END:
        if isinstance(item, BackendError):
            raise item
        yield item
