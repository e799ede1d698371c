"""A Python package index on loopback that serves one wheel and may stall in the middle of it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@asynccontextmanager
async def index(wheel: Path, *, stall: bool = False) -> AsyncIterator[str]:
    """The address of the index. With `stall` only the first half of the wheel is ever sent."""
    over = asyncio.Event()
    data = await asyncio.to_thread(wheel.read_bytes)

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=f'<a href="/files/{wheel.name}">{wheel.name}</a>', content_type="text/html")

    async def file(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(data))})
        await response.prepare(request)
        await response.write(data[: len(data) // 2])
        if stall:
            await over.wait()
            response.force_close()
            return response
        await response.write(data[len(data) // 2 :])
        return response

    app = web.Application()
    app.router.add_get("/simple/{dist}/", page)
    app.router.add_get("/files/{name}", file)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/simple/"
    finally:
        over.set()
        await runner.cleanup()
