"""The workstation by keyboard alone, in tmux, with real models: from an empty store to help, at two sizes."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.e2e.daemon import Daemon, daemon
from tests.e2e.first_day import FirstDay
from tests.e2e.tmux import Tmux, needs_tmux, tmux
from tests.fakes.registry import FakeRegistry
from tests.fakes.registry import registry as serving_registry
from tests.models import gemma3

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The narrow one every time: where there is little room, more goes wrong.
SIZES = [pytest.param((120, 40), id="wide", marks=pytest.mark.slow), pytest.param((80, 24), id="narrow")]


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    chosen: tuple[int, int] = request.param
    return chosen


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon without models that starts real engines."""
    with daemon(tmp_path) as started:
        yield started


@pytest.fixture
def puna(empty: Daemon, tmp_path: Path, size: tuple[int, int]) -> Iterator[Tmux]:
    """The app in tmux."""
    with tmux(tmp_path, [sys.executable, "-m", "tui"], size, empty.variables) as screen:
        yield screen


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    """A registry with the small model `library/tiny`, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    serving = serving_registry()
    try:
        fake = asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result()
        fake.add("library/tiny", b"GGUF" + bytes(1 << 20))
        yield fake
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@needs_tmux
@pytest.mark.real
@pytest.mark.timeout(300)
def test_a_first_day(puna: Tmux, size: tuple[int, int], registry: FakeRegistry) -> None:
    day = FirstDay(puna, size)
    day.begins_with_an_empty_store()
    day.chats()
    day.changes_the_temperature()
    day.branches_at_the_first_message()
    day.compares_with_a_second_model(gemma3())
    day.searches_all_chats()
    day.copies()
    day.pulls(f"{registry.url}/library/tiny")
    day.unloads()
    day.changes_the_theme()
    day.asks_for_help()
