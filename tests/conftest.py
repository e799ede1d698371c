"""Fixtures that start a real backend. Nothing here sleeps: readiness is an event or an answer."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from backend.client import Client
from backend.settings import Settings, load
from tests.fakes.backend import environment, serve
from tests.fakes.runners import engine, make_spec  # noqa: F401 # fixtures for every test

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

ROOT = Path(__file__).parent.parent

# No test is timed: the machine may be busy with others.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts its background jobs so, and every child would inherit it: the tests send Ctrl-C to some.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def settings(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Settings that keep everything inside the test's folder.

    `@pytest.mark.parametrize("settings", [{"OLLAMA_…": "…"}], indirect=True)` adds variables.
    """
    return load(environment(tmp_path, **getattr(request, "param", {})))


@pytest.fixture
async def backend(settings: Settings) -> AsyncIterator[Settings]:
    """A backend in this process with fake runners."""
    ready, stop = asyncio.Event(), asyncio.Event()
    life = asyncio.create_task(serve(settings, ready, stop))
    started = asyncio.create_task(ready.wait())
    await asyncio.wait((life, started), return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        started.cancel()
        await life
    yield settings
    stop.set()
    await life


@pytest.fixture
async def client(backend: Settings) -> AsyncIterator[Client]:
    """A client of the backend in this process."""
    async with Client(backend) as connected:
        yield connected


@pytest.fixture
def backend_environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a backend process and of the commands that talk to it."""
    return {**os.environ, **environment(tmp_path)}


@pytest.fixture
def backend_process(backend_environment: dict[str, str]) -> Iterator[Settings]:
    """A backend with fake runners in a process of its own, for tests that run commands or kill things."""
    settings = load(backend_environment)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.backend"], env=backend_environment, cwd=ROOT, stdin=subprocess.DEVNULL
    )
    try:
        asyncio.run(answering(settings, process))
        yield settings
    finally:
        process.terminate()
        process.wait(timeout=20)


async def answering(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    """Return when the backend answers; another process gets ready, so this has to ask."""
    async with asyncio.timeout(30):
        while process.poll() is None:
            if settings.socket.exists():
                async with Client(settings) as client:
                    await client.version()
                    return
            await asyncio.sleep(0.02)  # a probe with a deadline, no wait for luck
    raise RuntimeError(f"the backend ended with status {process.returncode}")
