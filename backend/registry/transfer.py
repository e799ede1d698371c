"""The download of one blob: ranged parts side by side, resumed, hashed on the way (the specification's section E.3)."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import random
import time
from collections import deque
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.errors import BackendError, RegistryError
from backend.registry.fetch import NoRanges, Stalled, opened, pieces
from backend.registry.saving import saving
from backend.registry.stopwatch import Stopwatch
from backend.registry.threaded import in_thread
from backend.store.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from yarl import URL

    from backend.registry.client import Registry
    from backend.store import Blobs, Part, Partial

    Written = Callable[[], Awaitable[None]]  # to be called after each write

PARTS = 16  # at most, side by side
SMALLEST, LARGEST = 100_000_000, 1_000_000_000  # bytes of a part
CHUNK = 32 << 20  # bytes that a kill may cost, of all parts together; mostly it is about half of that
PROGRESS = 4 << 20  # bytes that make a try a good one
_HASH_STEP = 8 << 20
_BUSY = 0.5  # share of its time that a connection is not waited for, above which none is added
_GONE = frozenset({401, 403, 404, 410})  # what servers say of a signed address that has expired


@dataclass(frozen=True, slots=True)
class Pace:
    """Waiting times in seconds. A try counts as failed if it brought less than `PROGRESS`; `tries` of them end it."""

    stall_s: float = 30.0
    locate_s: float = 30.0
    further_s: float = 0.1  # between the opening of one connection and the next
    other_s: float = 0.2  # between looks at the download of another process
    tries: int = 6
    backoff: Callable[[int], float] = lambda tries: 2.0 ** (tries - 1)


PACE = Pace()


def part_sizes(total: int) -> list[int]:
    """A sixteenth each, but no less than `SMALLEST` and no more than `LARGEST` bytes; the last one is shorter."""
    size = min(max(total // PARTS, SMALLEST), LARGEST)
    return [min(size, total - offset) for offset in range(0, total, size)]


class Transfer:
    """One blob of `total` bytes on its way from a registry into the store."""

    def __init__(
        self, blobs: Blobs, registry: Callable[[], Registry], digest: Digest, total: int, pace: Pace = PACE
    ) -> None:
        """`registry` makes the connections that this transfer alone uses."""
        self._blobs = blobs
        self._registry = registry
        self._digest = digest
        self._total = total
        self._pace = pace
        self._completed = 0
        self._hashed = 0
        self._busy = Stopwatch(time.monotonic)

    @property
    def completed(self) -> int:
        """Bytes that have arrived; never falls."""
        return self._completed

    async def run(self) -> None:
        """Ends when the blob is in the store, complete and with its digest.

        What has arrived stays on disk whatever happens, except for bytes that turn out to be wrong. Raises
        `DigestMismatch`, `RegistryError`, `StoreError`.
        """
        while self._blobs.size(self._digest) is None:
            with self._blobs.partial(self._digest, self._total) as partial:
                if await in_thread(partial.lock):
                    if self._blobs.size(self._digest) is not None:  # another process was faster
                        return await in_thread(partial.discard)
                    return await self._download(partial)
                await in_thread(partial.load)
                self._note(partial)
            await asyncio.sleep(self._pace.other_s)
        return None

    async def _download(self, partial: Partial) -> None:
        async with self._registry() as registry:
            if not await in_thread(partial.load):
                size = await registry.size(self._digest)
                if size not in {None, self._total}:
                    raise RegistryError(f"the registry has {size} bytes of a blob that should have {self._total}")
                await in_thread(partial.start, part_sizes(self._total))
            self._note(partial)
            digest = await self._fetch_somehow(registry, partial)
        await in_thread(partial.commit, digest)

    async def _fetch_somehow(self, registry: Registry, partial: Partial) -> Digest:
        """From a server without ranges, all at once, and after a broken connection from the beginning."""
        for _ in range(self._pace.tries):
            try:
                return await self._fetch(registry, partial)
            except NoRanges:
                await in_thread(partial.start, [self._total])
        raise RegistryError(
            "max retries exceeded: the registry cannot send ranges, and its connection broke", transient=True
        )

    async def _fetch(self, registry: Registry, partial: Partial) -> Digest:
        address = _Address(registry, self._digest, self._pace)
        missing = deque(part for part in partial.parts if part.missing)
        self._hashed = 0
        try:
            async with saving(partial, CHUNK) as save, asyncio.TaskGroup() as group:
                arrived = asyncio.Event()

                async def written() -> None:
                    self._note(partial)
                    arrived.set()
                    await save()

                hashing = group.create_task(self._hash(partial, arrived))
                work = functools.partial(self._work, missing, address, partial, written)
                group.create_task(work())
                opening = group.create_task(self._open_further(group, work, missing))
                hashing.add_done_callback(lambda _: opening.cancel())
        except BaseExceptionGroup as errors:
            raise _first(errors) from None
        return hashing.result()

    async def _open_further(
        self, group: asyncio.TaskGroup, work: Callable[[], Coroutine[None, None, None]], missing: deque[Part]
    ) -> None:
        """One connection after the other, while those that are open are waited for: where one is as fast as the disk,
        more of them only put the bytes out of order, and more is lost with a kill.
        """
        connections = 1
        while missing and connections < PARTS:
            begin, busy = time.monotonic(), self._busy.seconds
            await asyncio.sleep(self._pace.further_s)
            if self._busy.seconds - busy <= _BUSY * connections * (time.monotonic() - begin):
                group.create_task(work())
                connections += 1

    async def _work(self, missing: deque[Part], address: _Address, partial: Partial, written: Written) -> None:
        while missing:
            await self._complete(missing.popleft(), address, partial, written)

    async def _complete(self, part: Part, address: _Address, partial: Partial, written: Written) -> None:
        """Tries until the part is there."""
        tries = 0
        expired: URL | None = None
        while part.missing:
            before = part.completed
            url = await address.get(expired)
            try:
                await self._read(part, url, address.registry, partial, written)
            except RegistryError as error:
                if error.code in _GONE and not address.registry.owns(url) and expired is None:
                    expired = url
                    continue
                if not error.transient:
                    raise
                tries = 0 if part.completed - before >= PROGRESS else tries + 1
                if tries >= self._pace.tries:
                    raise RegistryError(f"max retries exceeded: {error}", code=error.code, transient=True) from error
                if not isinstance(error, Stalled):
                    await asyncio.sleep(self._pace.backoff(tries))

    async def _read(self, part: Part, url: URL, registry: Registry, partial: Partial, written: Written) -> None:
        """One request for what is missing of the part; what arrives is kept if the connection breaks."""
        begin, end = part.offset + part.completed, part.offset + part.size
        async with (
            opened(registry, url, begin, end, self._total) as response,
            aclosing(pieces(response, self._pace.stall_s)) as body,
        ):
            async for data in body:
                if sum(map(len, data)) > part.missing:
                    part.completed = begin - part.offset  # nothing of such an answer can be believed
                    raise RegistryError("the registry sent more bytes than it was asked for")
                with self._busy:
                    await in_thread(partial.write, part, data)
                    await written()
        if part.missing:
            raise RegistryError("the registry ended a download early", transient=True)

    async def _hash(self, partial: Partial, arrived: asyncio.Event) -> Digest:
        """The digest of the blob, made of its beginning while the rest still comes."""
        digest = hashlib.sha256()
        while self._hashed < self._total:
            arrived.clear()
            end = min(partial.contiguous, self._hashed + _HASH_STEP)
            if end > self._hashed:
                await in_thread(partial.update, digest, self._hashed, end)
                self._hashed = end
            else:
                await arrived.wait()
        return Digest(digest.hexdigest())

    def _note(self, partial: Partial) -> None:
        self._completed = max(self._completed, partial.completed)


class _Address:
    """Where the bytes are, asked for once, and again when it has expired."""

    def __init__(self, registry: Registry, digest: Digest, pace: Pace) -> None:
        self.registry = registry
        self._digest = digest
        self._pace = pace
        self._lock = asyncio.Lock()
        self._url: URL | None = None

    async def get(self, expired: URL | None) -> URL:
        async with self._lock:
            if self._url is None or self._url == expired:
                self._url = await self._locate()
            return self._url

    async def _locate(self) -> URL:
        """Retries after n² x 10 ms, give or take a half, at most 10 s, until `locate_s` are over."""
        tries = 0
        try:
            async with asyncio.timeout(self._pace.locate_s):
                while True:
                    try:
                        return await self.registry.locate(self._digest)
                    except RegistryError as error:
                        if not error.transient:
                            raise
                        last = error
                    tries += 1
                    spread = random.uniform(0.5, 1.5)  # noqa: S311 # no secret
                    await asyncio.sleep(min(10.0, tries * tries * 0.01 * spread))
        except TimeoutError:
            text = f"max retries exceeded: {last}" if tries else "the registry does not answer"
            raise RegistryError(text, transient=True) from None


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that ended the others; of several, one that says most."""
    flat = [error for error in errors.exceptions if isinstance(error, BackendError)]
    return next((error for error in flat if not isinstance(error, NoRanges)), flat[0]) if flat else errors
