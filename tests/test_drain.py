"""The end of a backend: what is under way may end, then its clients are told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp

from backend.app import running
from tests.fakes.backend import FAKE_RUNNER, add_model
from tests.fakes.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from backend.settings import Settings

LONG_S = 60.0
TOLD = b'{"error":"the backend is shutting down"}\n'


class Life:
    """A backend that can be told to end."""

    def __init__(self, settings: Settings, drain_s: float) -> None:
        self._ready, self.stop, self.hurry = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.settings = settings
        self.task = asyncio.create_task(self._run(drain_s))

    async def _run(self, drain_s: float) -> None:
        async with running(self.settings, FAKE_RUNNER, drain_s, self.hurry):
            self._ready.set()
            await self.stop.wait()

    async def ready(self) -> None:
        await self._ready.wait()
        add_model(self.settings, "m")


async def stream(session: aiohttp.ClientSession, prompt: str) -> AsyncIterator[bytes]:
    """The lines of an answer."""
    async with session.post("/api/generate", json={"model": "m", "prompt": prompt}) as response:
        async for line in response.content:
            yield line


async def test_an_answer_under_way_ends_whole_and_nothing_new_begins(settings: Settings) -> None:
    life = Life(settings, LONG_S)
    await life.ready()
    async with aiohttp.ClientSession(settings.address.url) as session:
        lines = stream(session, "@tokens=8 @delay=0.1")
        await anext(lines)
        life.stop.set()
        wire = Wire(session, settings.address)
        while (late := await wire.post("/api/generate", model="m", prompt="hi")).status == 200:
            pass
        assert late.refusal == (503, "the backend is shutting down")
        assert (await wire.get("/api/tags")).status == 200
        rest = [line async for line in lines]
        assert b'"done":true' in rest[-1]
    async with asyncio.timeout(10):
        await life.task


async def test_an_answer_that_takes_too_long_is_told_why_it_ends(settings: Settings) -> None:
    life = Life(settings, 0.3)
    await life.ready()
    async with aiohttp.ClientSession(settings.address.url) as session:
        lines = stream(session, "@hang=1")
        await anext(lines)
        life.stop.set()
        assert [line async for line in lines] == [TOLD]
    async with asyncio.timeout(10):
        await life.task


async def test_a_second_signal_ends_it_at_once(settings: Settings) -> None:
    life = Life(settings, LONG_S)
    await life.ready()
    async with aiohttp.ClientSession(settings.address.url) as session:
        lines = stream(session, "@hang=1")
        await anext(lines)
        life.stop.set()
        life.hurry.set()
        async with asyncio.timeout(10):
            assert [line async for line in lines] == [TOLD]
            await life.task


async def test_an_idle_backend_ends_at_once(settings: Settings) -> None:
    life = Life(settings, LONG_S)
    await life.ready()
    life.stop.set()
    async with asyncio.timeout(10):
        await life.task
