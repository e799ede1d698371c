"""The line to the backend: what it offers to the app, and how it is kept alive."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from textual.message import Message

from backend.errors import BackendError, ConnectFailed, NotFound
from tui.advice import NO_PUNA

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from backend.wire import ollama, workstation
    from tui.download_gateway import DownloadGateway
    from tui.monitor_gateway import MonitorGateway
    from tui.session_gateway import SessionGateway

RETRY_DELAYS_S = (0.1, 0.2, 0.5)  # a reply goes on within a second of the line's coming back


class Gateway(Protocol):
    """What the app needs of a backend; `backend.client.Client` is one. Every method raises `BackendError`."""

    @property
    def sessions(self) -> SessionGateway: ...
    @property
    def monitor(self) -> MonitorGateway: ...
    @property
    def downloads(self) -> DownloadGateway: ...
    async def tags(self) -> list[ollama.ModelSummary]: ...
    async def show(self, model: str) -> ollama.ShowResponse: ...
    async def load(
        self, model: str, options: dict[str, Any] | None = None, keep_alive: float | str | None = None
    ) -> None: ...
    async def unload(self, model: str) -> None: ...
    async def delete(self, model: str) -> None: ...
    async def copy(self, source: str, destination: str) -> None: ...
    def create(self, request: ollama.CreateRequest) -> AsyncIterator[ollama.Progress]: ...
    async def has_blob(self, digest: str) -> bool: ...
    async def upload_blob(self, digest: str, path: Path) -> None: ...
    async def cancel(self, request_id: str) -> None: ...
    def events(self) -> AsyncGenerator[workstation.Snapshot, None]: ...


class Link(Enum):
    """Where the line stands."""

    STARTING = "starting"
    UP = "up"
    LOST = "lost"  # tried again by itself
    FAILED = "failed"  # could not be started; tried again when the user says so


class LinkChanged(Message):
    """The line came up or went; `reason` is one readable sentence, empty when it is up."""

    def __init__(self, link: Link, reason: str = "") -> None:
        super().__init__()
        self.link = link
        self.reason = reason


class SnapshotArrived(Message):
    """The backend's state changed. Only the newest waiting one is of interest."""

    def __init__(self, snapshot: workstation.Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """A newer snapshot takes the place of one not yet handled."""
        return isinstance(message, SnapshotArrived)


class Connection:
    """Connects, follows the backend's events, and connects again with growing delays. `run` until cancelled."""

    def __init__(
        self,
        connect: Callable[[], AbstractAsyncContextManager[Gateway]],
        post: Callable[[Message], object],
        delays: Sequence[float] = RETRY_DELAYS_S,
    ) -> None:
        self._connect = connect
        self._post = post
        self._delays = delays
        self._again = asyncio.Event()
        self._gateway: Gateway | None = None
        self.link = Link.STARTING

    @property
    def gateway(self) -> Gateway:
        """The backend. Raises `ConnectFailed` while there is none."""
        if self._gateway is None:
            raise ConnectFailed("the backend is not up yet")
        return self._gateway

    def restart(self) -> None:
        """Connect from the beginning, which starts a local backend that has gone."""
        self._again.set()

    async def run(self) -> None:
        """Keep the line up until cancelled."""
        while True:
            self._again.clear()
            self._change(Link.STARTING)
            try:
                async with self._connect() as gateway:
                    self._gateway = gateway
                    await self._follow(gateway)
            except BackendError as error:
                self._change(Link.FAILED, error.message)
                await self._again.wait()
            finally:
                self._gateway = None

    async def _follow(self, gateway: Gateway) -> None:
        """Post what the backend says; returns when the user wants to start from the beginning."""
        attempt = 0
        while not self._again.is_set():
            reason = "the backend closed the line"
            try:
                async for snapshot in gateway.events():
                    attempt = 0
                    if self.link is not Link.UP:
                        self._change(Link.UP)
                    self._post(SnapshotArrived(snapshot))
            except NotFound:
                reason = NO_PUNA
            except BackendError as error:
                reason = error.message
            self._change(Link.LOST, reason)
            delay = self._delays[min(attempt, len(self._delays) - 1)]
            attempt += 1
            try:
                async with asyncio.timeout(delay):
                    await self._again.wait()
            except TimeoutError:
                continue

    def _change(self, link: Link, reason: str = "") -> None:
        self.link = link
        self._post(LinkChanged(link, reason))
