"""What the app needs of a backend's downloads; `backend.download_client.DownloadClient` is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from backend.wire.downloads import DownloadView


class DownloadGateway(Protocol):
    """The queue that the backend works off. Every method raises `BackendError`; what each does stands there."""

    async def add(self, model: str, *, insecure: bool = False) -> DownloadView: ...
    async def pause(self, download: str) -> DownloadView: ...
    async def resume(self, download: str) -> DownloadView: ...
    async def move(self, download: str, position: int) -> DownloadView: ...
    async def cancel(self, download: str) -> None: ...
