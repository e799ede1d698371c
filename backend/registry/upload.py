"""The upload of one blob (the specification's section E.4)."""

from __future__ import annotations

import asyncio
import hashlib
import os
from typing import TYPE_CHECKING, BinaryIO

from backend.errors import RegistryError
from backend.files import disk_errors
from backend.registry.threaded import in_thread
from backend.registry.transfer import PARTS, part_sizes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp
    from yarl import URL

    from backend.registry.client import Registry
    from backend.store import Blobs, Layer

_READ = 1 << 20
_SLOWEST = 10_000  # bytes per second that the deadline of an upload expects
_PATIENCE_S = 60.0
_TRIES = 6


class Upload:
    """A blob of the store on its way to a registry."""

    def __init__(self, blobs: Blobs, registry: Registry, layer: Layer) -> None:
        self._blobs = blobs
        self._registry = registry
        self._layer = layer
        self._sent: dict[int, int] = {}  # offset of a part → bytes of its current try
        self._most = 0

    @property
    def completed(self) -> int:
        """Bytes that have been sent; never falls."""
        self._most = max(self._most, sum(self._sent.values()))
        return self._most

    async def run(self) -> None:
        """Ends when the registry has the blob. Raises `RegistryError` and `StoreError`."""
        if await self._present():
            return
        url = await self._begin()
        if url is None:
            return
        with await asyncio.to_thread(self._blobs.open, self._layer.digest) as file:
            if os.fstat(file.fileno()).st_size != self._layer.size:
                raise RegistryError(f"blob {self._layer.digest} has another size than its manifest says")
            await self._commit(*await self._send_parts(url, file))

    async def _present(self) -> bool:
        try:
            async with self._registry.request("HEAD", self._registry.url("blobs", str(self._layer.digest))):
                return True
        except RegistryError as error:
            if error.code != 404:
                raise
            return False

    async def _begin(self) -> URL | None:
        """Where to send the first part; `None` if the registry took the blob from another repository of its own."""
        url = self._registry.url("blobs", "uploads", "")
        if self._layer.from_:
            url = url.with_query({"mount": str(self._layer.digest), "from": self._layer.from_.partition(":")[0]})
        async with self._registry.request("POST", url, data=lambda: b"") as response:
            if response.status == 201:
                return None
            return self._next(url, response)

    async def _send_parts(self, url: URL, file: BinaryIO) -> tuple[URL, str]:
        """Sends all parts. Returns where to commit, and the `etag` of all parts."""
        sent: list[_Piece] = []
        redirected = asyncio.Semaphore(PARTS)
        offset = 0
        try:
            async with asyncio.TaskGroup() as group:
                for size in part_sizes(self._layer.size) or [0]:
                    part = _Piece(self, file, offset, size)
                    url, elsewhere = await self._send_part(url, part)
                    if elsewhere is not None:
                        await redirected.acquire()
                        sending = group.create_task(self._send_elsewhere(elsewhere, part))
                        sending.add_done_callback(lambda _: redirected.release())
                    sent.append(part)
                    offset += size
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        total = hashlib.md5(usedforsecurity=False)
        for part in sent:
            total.update(part.md5.digest())
        return url, f"{total.hexdigest()}-{len(sent)}"

    async def _send_part(self, url: URL, part: _Piece) -> tuple[URL, URL | None]:
        """The address of what comes next, and where the part is to go if not here."""
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(part.size),
            "Content-Range": f"{part.offset}-{part.offset + part.size - 1}",
            "X-Redirect-Uploads": "1",
        }
        sending = self._registry.request("PATCH", url, headers, part.body, answer_s=_deadline(part.size))
        async with sending as response:
            following = self._next(url, response)
            if response.status == 307:
                return following, self._registry.hop(url, response)
            return following, None

    async def _send_elsewhere(self, url: URL, part: _Piece) -> None:
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(part.size)}
        for tries in range(1, _TRIES + 1):
            try:
                async with self._registry.request(
                    "PUT", url, headers, part.body, answer_s=_deadline(part.size)
                ) as response:
                    if response.status >= 300:
                        raise RegistryError(f"an upload was answered with status {response.status}")
                    return
            except RegistryError as error:
                if not error.transient:
                    raise
                if tries == _TRIES:
                    raise RegistryError(f"max retries exceeded: {error}", code=error.code) from error
                await asyncio.sleep(2.0 ** (tries - 1))

    async def _commit(self, url: URL, etag: str) -> None:
        final = url.update_query({"digest": str(self._layer.digest), "etag": etag})
        headers = {"Content-Length": "0"}
        async with self._registry.request("PUT", final, headers, lambda: b"", answer_s=_deadline(self._layer.size)):
            pass

    def _next(self, url: URL, response: aiohttp.ClientResponse) -> URL:
        header = "Docker-Upload-Location"
        return self._registry.hop(url, response, header if header in response.headers else "Location")

    def note(self, offset: int, sent: int) -> None:
        """The part at `offset` has sent so much."""
        self._sent[offset] = sent


class _Piece:
    """A part of the file and, once it was sent, its MD5, which registries on object stores ask for."""

    def __init__(self, upload: Upload, file: BinaryIO, offset: int, size: int) -> None:
        self.offset = offset
        self.size = size
        self.md5 = hashlib.md5(usedforsecurity=False)
        self._upload = upload
        self._file = file

    async def body(self) -> AsyncIterator[bytes]:
        """The bytes, from the beginning for each try."""
        self.md5 = hashlib.md5(usedforsecurity=False)
        sent = 0
        while sent < self.size:
            data = await in_thread(self._read, sent)
            yield data
            sent += len(data)
            self._upload.note(self.offset, sent)

    def _read(self, sent: int) -> bytes:
        with disk_errors("read a blob"):
            data = os.pread(self._file.fileno(), min(_READ, self.size - sent), self.offset + sent)
        if not data:
            raise RegistryError("a blob became shorter while it was sent")
        self.md5.update(data)
        return data


def _deadline(size: int) -> float:
    return _PATIENCE_S + size / _SLOWEST
