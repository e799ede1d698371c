"""An application behind listening sockets, from the first request to the last."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from backend.http.connections import PATIENCE, Door, Patience

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import AsyncIterator, Sequence

_SHUTDOWN_S = 2.0  # open requests other than generations may take this long to end, and once more when told to


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening socket. With `tls` it speaks nothing else."""

    socket: socket.socket
    tls: ssl.SSLContext | None = None


@asynccontextmanager
async def serving(
    app: web.Application, listeners: Sequence[Listener], most: int, patience: Patience = PATIENCE
) -> AsyncIterator[None]:
    """The application answers for as long as the block lasts, on `most` connections of each listener at once.

    A client that goes away cancels its handler, and with it the generation.
    """
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    if runner.server is None:
        raise RuntimeError("a server that was set up is there")
    loop = asyncio.get_running_loop()
    servers = []
    try:
        for listener in listeners:
            door = Door(runner.server, loop, most, patience)
            handshake = patience.header if listener.tls else None
            servers.append(
                await loop.create_server(
                    door, sock=listener.socket, ssl=listener.tls, ssl_handshake_timeout=handshake, backlog=1024
                )
            )
        yield
    finally:
        for server in servers:
            server.close()
        await runner.cleanup()
