"""Bodies of Puna's own API under `/puna/v1`."""

from __future__ import annotations

from msgspec import Struct

from backend.wire.downloads import DownloadView


class RunnerView(Struct, kw_only=True):
    """One runner process. Sizes in bytes, `progress` 0…1 while loading, rates in tokens per second."""

    id: str
    model: str
    state: str  # starting | loading | ready | stopping
    engine: str
    progress: float
    size: int
    size_vram: int
    resident: int
    context_length: int
    slots: int
    active: int
    queued: int
    tokens_per_second: float
    expires_in: float | None  # seconds until an idle runner is unloaded; null: busy, or never


class RequestView(Struct, kw_only=True):
    """One live generation of any client. `elapsed` in seconds since it arrived."""

    id: str
    model: str
    kind: str  # chat | generate | embed
    client: str
    state: str  # queued | loading | prefill | decode
    prompt_tokens: int
    tokens: int
    tokens_per_second: float
    elapsed: float


class Snapshot(Struct, kw_only=True):
    """The state of the backend at one moment: an event of `GET /puna/v1/events` carries a whole one.

    `models_revision` changes when the list of models in the store changed, `sessions_revision` when a session or a
    message of one did. Memory in bytes, `cpu` 0…100.
    """

    version: str
    models_revision: int
    runners: list[RunnerView]
    requests: list[RequestView]
    memory_total: int
    memory_available: int
    cpu: float
    sessions_revision: int = 0
    downloads: list[DownloadView] = []
