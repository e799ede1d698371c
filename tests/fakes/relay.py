"""A line to a backend that can be cut."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from backend.settings import Settings


class Relay:
    """Passes bytes on in both directions. `cut` closes every connection; while `is_down` no new one gets through."""

    def __init__(self, host: str, port: int) -> None:
        self.is_down = False
        self.connections = 0
        self._target = host, port
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Close what is open."""
        for writer in self._writers:
            writer.transport.abort()

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The life of a connection."""
        if self.is_down:
            writer.transport.abort()
            return
        self.connections += 1
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers |= {writer, far_writer}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_copy(reader, far_writer))
                group.create_task(_copy(far_reader, writer))
        finally:
            self._writers -= {writer, far_writer}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # it was cut
    finally:
        writer.close()


@asynccontextmanager
async def relayed(settings: Settings) -> AsyncIterator[tuple[Settings, Relay]]:
    """Settings that lead to the backend of `settings` through a relay."""
    relay = Relay(settings.address.host, settings.address.port)
    server = await asyncio.start_server(relay.pass_on, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    place = replace(settings.address, host="127.0.0.1", port=port)
    try:
        yield replace(settings, address=place, socket=settings.socket.with_name("none.sock")), relay
    finally:
        server.close()
        relay.cut()
        await server.wait_closed()
