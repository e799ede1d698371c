"""The downloads of a scripted backend: a queue in which things happen when a test says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from backend.errors import NotFound
from backend.wire.downloads import DownloadView

if TYPE_CHECKING:
    from collections.abc import Callable


def download(source: str, **changes: Any) -> DownloadView:
    """One that waits."""
    name = source.removeprefix("pip://")
    view = DownloadView(
        id=f"d-{name}",
        model=name if ":" in name else f"{name}:latest",
        source=source,
        state="waiting",
        doing="",
        completed=0,
        total=0,
        rate=0.0,
        left=None,
        reason="",
        retry_in=None,
    )
    return msgspec.structs.replace(view, **changes)


class ScriptedDownloads:
    """`note` is told each call, `tell` the queue after each change."""

    def __init__(self, note: Callable[[str, object], None], tell: Callable[[list[DownloadView]], None]) -> None:
        self._note = note
        self._tell = tell
        self.queue: list[DownloadView] = []

    def put(self, *items: DownloadView) -> None:
        """The queue is this from now on."""
        self.queue = list(items)
        self._tell(list(self.queue))

    def set(self, identity: str, **changes: Any) -> DownloadView:
        """One of the queue has changed."""
        item = msgspec.structs.replace(self._get(identity), **changes)
        self.put(*(item if one.id == identity else one for one in self.queue))
        return item

    async def add(self, model: str, *, insecure: bool = False) -> DownloadView:
        self._note("downloads.add", model)
        new = download(model)
        if any(one.id == new.id for one in self.queue):
            return self.set(new.id, state="waiting", reason="")
        self.put(*self.queue, new)
        return new

    async def pause(self, download: str) -> DownloadView:
        self._note("downloads.pause", download)
        return self.set(download, state="paused")

    async def resume(self, download: str) -> DownloadView:
        self._note("downloads.resume", download)
        return self.set(download, state="waiting", reason="")

    async def move(self, download: str, position: int) -> DownloadView:
        self._note("downloads.move", (download, position))
        item = self._get(download)
        rest = [one for one in self.queue if one is not item]
        self.put(*rest[:position], item, *rest[position:])
        return item

    async def cancel(self, download: str) -> None:
        self._note("downloads.cancel", download)
        item = self._get(download)
        self.put(*(one for one in self.queue if one is not item))

    def _get(self, identity: str) -> DownloadView:
        for one in self.queue:
            if one.id == identity:
                return one
        raise NotFound(f"no download {identity!r}")
