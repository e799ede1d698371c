"""Processes that are killed take nothing else with them, and leave nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
import select
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from backend.client import Client
from tests.e2e.conftest import MODEL
from tests.e2e.daemon import FAKE_RUNNERS, REAL, Daemon, daemon
from tests.e2e.events import until
from tests.fakes.backend import add_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import psutil

# The words are for fake runners; a real model goes on with the rest until it is stopped.
LONG = {
    "model": MODEL,
    "prompt": "@tokens=1000 @delay=0.02" + " la" * 16,
    "raw": True,
    "options": {"temperature": 0, "num_predict": 1000},
}
# Greedy: a first token that is drawn may be the one that ends the reply.
SHORT = {"model": MODEL, "prompt": "Hi", "stream": False, "options": {"num_predict": 2, "temperature": 0}}


@pytest.fixture(params=[pytest.param(REAL, marks=pytest.mark.real), FAKE_RUNNERS])
def victim(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Daemon]:
    """A daemon that nobody else needs, with real runners and the shared store, or with fake ones."""
    if request.param == REAL:
        shared: Daemon = request.getfixturevalue("real_daemon")
        variables = {"OLLAMA_MODELS": str(shared.settings.models)}
    else:
        variables = {}
    with daemon(tmp_path, request.param, **variables) as started:
        if request.param == FAKE_RUNNERS:
            add_model(started.settings, MODEL)
        yield started


@pytest.fixture
def http(victim: Daemon) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=victim.url, trust_env=False, timeout=30) as http:
        yield http


def begin(lines: Iterator[str]) -> None:
    """Read until the stream is really under way."""
    for _ in range(3):
        assert json.loads(next(lines))["done"] is False


def assert_gone(processes: list[psutil.Process], timeout: float) -> None:
    """Ended within `timeout` seconds. A zombie has: reaping orphans is up to others."""
    assert processes
    deadline = time.monotonic() + timeout
    for process in processes:
        try:
            ended = os.pidfd_open(process.pid)
        except ProcessLookupError:
            continue
        try:
            left = max(deadline - time.monotonic(), 0)
            assert select.select([ended], [], [], left)[0], f"{process} still runs after {timeout} s"
        finally:
            os.close(ended)


def test_a_killed_runner_is_an_error_line_and_the_next_request_works(victim: Daemon, http: httpx.Client) -> None:
    with http.stream("POST", "/api/generate", json=LONG) as response:
        lines = response.iter_lines()
        begin(lines)
        (runner,) = victim.runners()
        runner.kill()
        killed_at = time.monotonic()
        *_, last = lines
        took = time.monotonic() - killed_at
    assert took < 2
    error = json.loads(last)
    assert list(error) == ["error"]
    assert "model runner" in error["error"]
    answer = http.post("/api/generate", json=SHORT)
    assert answer.status_code == 200
    assert answer.json()["response"]
    assert [process.pid for process in victim.runners()] != [runner.pid]


async def test_a_killed_runner_is_a_500_for_who_does_not_stream(victim: Daemon) -> None:
    async with (
        httpx.AsyncClient(base_url=victim.url, trust_env=False, timeout=30) as http,
        asyncio.TaskGroup() as group,
        Client(victim.settings) as client,
    ):
        asked = group.create_task(http.post("/api/generate", json=LONG | {"stream": False}))
        await until(client, lambda snapshot: any(live.tokens for live in snapshot.requests))
        (runner,) = victim.runners()
        runner.kill()
        async with asyncio.timeout(2):
            answer = await asked
    assert answer.status_code == 500
    assert "model runner" in answer.json()["error"]


async def test_a_killed_daemon_leaves_no_runner(victim: Daemon) -> None:
    await assert_killed_daemon_leaves_no_runner(victim, LONG, "decode")


async def test_a_daemon_killed_while_it_loads_leaves_no_runner(tmp_path: Path) -> None:
    with daemon(tmp_path, FAKE_RUNNERS) as victim:
        add_model(victim.settings, MODEL, behaviour="@slow_load=10")
        await assert_killed_daemon_leaves_no_runner(victim, LONG, "loading")


async def assert_killed_daemon_leaves_no_runner(victim: Daemon, body: Mapping[str, object], state: str) -> None:
    """Kill it when the request is in `state`."""
    async with (
        Client(victim.settings) as client,
        httpx.AsyncClient(base_url=victim.url, trust_env=False, timeout=30) as http,
    ):
        asked = asyncio.create_task(http.post("/api/generate", json=body))
        await until(client, lambda snapshot: any(live.state == state for live in snapshot.requests))
        runners = victim.runners()
        victim.process.kill()
        await asyncio.to_thread(assert_gone, runners, 2)
        with pytest.raises(httpx.HTTPError):
            await asked


def test_a_daemon_that_is_told_to_end_ends_its_runners_and_cleans_up(victim: Daemon, http: httpx.Client) -> None:
    folders = list(Path(tempfile.gettempdir()).glob(f"puna-{victim.process.pid}-*"))
    assert len(folders) == 1
    with http.stream("POST", "/api/generate", json=LONG) as response:
        lines = response.iter_lines()
        begin(lines)
        runners = victim.runners()
        victim.process.terminate()
        *_, last = lines
        assert list(json.loads(last)) == ["error"]
    assert victim.process.wait(timeout=5) == 0
    assert_gone(runners, 0.5)
    assert not victim.settings.socket.exists()
    assert not folders[0].exists()


def test_a_watcher_does_not_hold_up_the_end(victim: Daemon, http: httpx.Client) -> None:
    with http.stream("GET", "/puna/v1/events") as response:
        assert next(response.iter_lines()).startswith("id: ")
        victim.process.terminate()
        assert victim.process.wait(timeout=5) == 0
