"""A look into the backend under test: its snapshots, and what its runners were really asked."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from backend.engine.local import LocalEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend.client import Client
    from backend.engine.base import RunnerHandle
    from backend.runner.spec import RunnerSpec
    from backend.wire.workstation import Snapshot

GENERATIONS = ("/completion", "/v1/chat/completions")


@pytest.fixture
def runners(monkeypatch: pytest.MonkeyPatch) -> list[RunnerHandle]:
    """The runners that the backend in this process has loaded so far. To be asked for before the backend."""
    loaded: list[RunnerHandle] = []

    class Observed(LocalEngine):
        async def launch(self, spec: RunnerSpec) -> RunnerHandle:
            handle = await super().launch(spec)
            loaded.append(handle)
            return handle

    monkeypatch.setattr("backend.app.LocalEngine", Observed)
    return loaded


async def asked(runner: RunnerHandle, *paths: str) -> list[dict[str, Any]]:
    """The bodies of the requests that came to `paths` of a runner, in order; of generations if no path is given."""
    answer = await runner.client.call("/journal", {})
    return [body for body in answer["bodies"] if body["path"] in (paths or GENERATIONS)]


async def hung_up(runner: RunnerHandle, count: int = 1, timeout: float = 5.0) -> None:
    """Return when `count` generations of the runner were hung up on."""
    async with asyncio.timeout(timeout):
        await runner.client.call("/journal", {"hangups": count})


async def until(client: Client, condition: Callable[[Snapshot], object], timeout: float = 5.0) -> Snapshot:
    """The first snapshot of the backend that satisfies `condition`, at most `timeout` seconds from now."""
    async with asyncio.timeout(timeout), aclosing(client.events()) as events:
        async for snapshot in events:
            if condition(snapshot):
                return snapshot
    raise AssertionError("the backend ended its events")


def is_idle(snapshot: Snapshot) -> bool:
    """No generation is live and no slot is taken."""
    return not snapshot.requests and not any(runner.active or runner.queued for runner in snapshot.runners)


@pytest.fixture
def _replaying(monkeypatch: pytest.MonkeyPatch) -> None:
    """The backend's runners send what a prompt by `replay` holds. To be asked for before the backend."""
    command = (sys.executable, "-S", "-m", "tests.fakes.replaying_runner")
    monkeypatch.setattr("tests.fakes.backend.FAKE_RUNNER", command)


def replay(*events: Any) -> str:
    """A prompt that makes a replaying runner send these events."""
    return f"@replay {json.dumps(events)}"
