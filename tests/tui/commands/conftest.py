"""A backend with models and a registry, for tests that run commands."""

from __future__ import annotations

import asyncio
import queue
import threading
from typing import TYPE_CHECKING

import pytest

from tests.fakes.backend import add_model
from tests.fakes.registry import FakeRegistry, registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend.settings import Settings


@pytest.fixture
def environment(backend_process: Settings, backend_environment: dict[str, str]) -> dict[str, str]:
    """The environment of commands beside a backend that holds the model `tiny`."""
    add_model(backend_process, "tiny")
    return backend_environment


@pytest.fixture
def fake_registry() -> Iterator[FakeRegistry]:
    """A registry that answers commands: its loop runs in a thread of its own."""
    loop, ready, stop = asyncio.new_event_loop(), queue.SimpleQueue[FakeRegistry](), asyncio.Event()

    async def life() -> None:
        async with registry() as fake:
            ready.put(fake)
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(life(),))
    thread.start()
    yield ready.get(timeout=20)
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()
