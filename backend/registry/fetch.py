"""One part of a blob: a ranged GET, and what of its answer may be believed (the specification's section E.3)."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp

from backend.errors import RegistryError
from backend.registry.client import broken

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from yarl import URL

    from backend.registry.client import Registry

_LEAST = 1024  # bytes in `stall_s`; fewer count as none
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)


class NoRanges(RegistryError):
    """The server sends the whole blob only."""


class Stalled(RegistryError):
    """The server has stopped sending."""


@asynccontextmanager
async def opened(
    registry: Registry, url: URL, begin: int, end: int, total: int
) -> AsyncIterator[aiohttp.ClientResponse]:
    """The answer that carries exactly the bytes `begin` to `end` (exclusive) of a blob of `total` bytes.

    A whole blob for an answer is fine if the whole blob is wanted. Raises `NoRanges` and other `RegistryError`.
    """
    headers = {"Range": f"bytes={begin}-{end - 1}"}
    async with registry.request("GET", url, headers) as response:
        if response.status == 206:
            match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if match is None or (int(match[1]), int(match[2])) != (begin, end - 1) or match[3] not in {"*", str(total)}:
                raise RegistryError("the registry sent another range than was asked for")
        elif response.status != 200:
            raise RegistryError(f"the registry answered a download with status {response.status}")
        elif (begin, end) != (0, total):
            raise NoRanges("the registry cannot send ranges")
        if response.content_length not in {None, end - begin}:
            raise RegistryError(f"the registry announced {response.content_length} bytes instead of {end - begin}")
        yield response


async def pieces(response: aiohttp.ClientResponse, stall_s: float) -> AsyncGenerator[list[bytes], None]:
    """The body as it arrives, unjoined. Raises `Stalled` if next to nothing comes for `stall_s` seconds, and
    `RegistryError`.
    """
    loop = asyncio.get_running_loop()
    content = response.content
    taken = received = 0
    begin = loop.time()
    while True:
        chunks: list[bytes] = []
        try:
            async with asyncio.timeout_at(begin + stall_s):
                while not chunks or content.total_bytes > taken:  # what is there already is not waited for
                    data, more = await content.readchunk()
                    if not data and not more:
                        break
                    chunks.append(data)
                    taken += len(data)
                    received += len(data)
        except TimeoutError:
            raise Stalled("the registry has stopped sending", transient=True) from None
        except (aiohttp.ClientError, OSError) as error:
            if not chunks:  # else what came is kept, and the next look finds the error again
                raise broken(error) from error
        if not chunks:
            return
        if received >= _LEAST:
            received = 0
        yield chunks
        if received == 0:  # the writing of what came does not count
            begin = loop.time()
