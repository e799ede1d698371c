"""The downloads of a backend, for its typed client: `client.downloads`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from backend.wire import downloads as wire

if TYPE_CHECKING:
    from backend.calls import Calls

_ROOT = "/puna/v1/downloads"


class DownloadClient:
    """The queue that the backend works off, with or without clients. Errors are those of `Calls`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def list(self) -> list[wire.DownloadView]:
        """The queue in its order, those that are done at its end. Snapshots carry it too."""
        return (await self._calls.call("GET", _ROOT, wire.DownloadList)).downloads

    async def add(self, model: str, *, insecure: bool = False) -> wire.DownloadView:
        """Queue a model by its name, `hf.co/…` or `pip://…`; one that is in the queue and had stopped goes on."""
        new = wire.NewDownload(model=model, insecure=insecure)
        return await self._calls.call("POST", _ROOT, wire.DownloadView, new)

    async def pause(self, download: str) -> wire.DownloadView:
        """Stop one; what has come of it stays."""
        return await self._calls.call("POST", f"{_path(download)}/pause", wire.DownloadView)

    async def resume(self, download: str) -> wire.DownloadView:
        """Go on with a paused one; try one that failed or stalled again."""
        return await self._calls.call("POST", f"{_path(download)}/resume", wire.DownloadView)

    async def move(self, download: str, position: int) -> wire.DownloadView:
        """To another place in the queue, 0 at its head."""
        return await self._calls.call(
            "POST", f"{_path(download)}/move", wire.DownloadView, wire.Move(position=position)
        )

    async def cancel(self, download: str) -> None:
        """Out of the queue, with what has come of it; one that is done is only forgotten."""
        await self._calls.tell("DELETE", _path(download))


def _path(download: str) -> str:
    return f"{_ROOT}/{quote(download, safe='')}"
