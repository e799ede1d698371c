"""Several clients and models at once, against real engines."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

import httpx
import pytest

from backend.client import Client
from backend.wire.ollama import GenerateRequest, GenerateResponse
from tests.e2e.conftest import MODEL
from tests.e2e.daemon import FAKE_RUNNERS, add_model, daemon
from tests.e2e.events import until
from tests.e2e.weights import edited
from tests.fakes.backend import add_model as add_tiny_model

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

    from backend.settings import Settings
    from backend.wire.workstation import Snapshot

OTHER = "twin"
SLOTS = 2
FREED_S = 1.0


@pytest.fixture
async def twin(real: Client, smollm2_gguf: Path, tmp_path: Path) -> AsyncIterator[str]:
    """A second model: the same network in a file of its own."""
    await add_model(real, OTHER, edited(smollm2_gguf, tmp_path / "twin.gguf", b"Mix1 Ep2", b"Mix1 Ep3"))
    yield OTHER
    await real.delete(OTHER)


def endless(client: Client, model: str = MODEL) -> AsyncGenerator[GenerateResponse, None]:
    """A reply that goes on for many seconds."""
    options = {"temperature": 0, "num_predict": 4000}
    return client.generate(GenerateRequest(model=model, prompt=" la" * 16, raw=True, options=options))


async def short(client: Client, model: str = MODEL) -> list[GenerateResponse]:
    request = GenerateRequest(model=model, prompt="Hi", options={"num_predict": 3})
    return [part async for part in client.generate(request)]


async def idle(client: Client) -> None:
    """Wait until nobody holds a slot: an earlier test may have hung up a moment ago."""
    await until(client, lambda snapshot: not snapshot.requests and not active(snapshot))


def active(snapshot: Snapshot) -> int:
    return sum(runner.active for runner in snapshot.runners)


@pytest.mark.real
async def test_two_models_answer_at_the_same_time(real: Client, twin: str) -> None:
    async with aclosing(endless(real)) as first:
        assert not (await anext(first)).done
        parts = await short(real, twin)
        assert parts[-1].done
        for _ in range(20):  # more than was buffered: this one went on meanwhile, and goes on
            assert not (await anext(first)).done
        assert {model.name for model in await real.ps()} >= {f"{MODEL}:latest", f"{twin}:latest"}
    await real.unload(twin)


@pytest.mark.real
async def test_two_streams_of_one_model_overlap(real: Client) -> None:
    await idle(real)
    async with aclosing(endless(real)) as first, aclosing(endless(real)) as second:
        for _ in range(3):
            assert not (await anext(first)).done
            assert not (await anext(second)).done
        snapshot = await until(real, lambda snapshot: active(snapshot) == SLOTS)
        assert [request.state for request in snapshot.requests] == ["decode", "decode"]
        assert SLOTS in [runner.active for runner in snapshot.runners]


@pytest.mark.section("A.13", "M.21")
@pytest.mark.real
async def test_who_hangs_up_makes_room_for_who_waits(real: Client) -> None:
    await idle(real)
    async with aclosing(endless(real)) as first, aclosing(endless(real)) as second, asyncio.TaskGroup() as group:
        await anext(first)
        await anext(second)
        third = group.create_task(short(real))
        await until(real, lambda snapshot: [request.state for request in snapshot.requests].count("queued") == 1)
        hung_up = time.monotonic()
        await first.aclose()
        await until(real, lambda snapshot: all(request.state != "queued" for request in snapshot.requests))
        assert time.monotonic() - hung_up < FREED_S
        assert (await third)[-1].done
        assert not (await anext(second)).done


@pytest.mark.section("A.13")
@pytest.mark.real
async def test_who_hangs_up_while_the_prompt_is_read_frees_the_slot(real: Client) -> None:
    await idle(real)
    request = GenerateRequest(model=MODEL, prompt="Once upon a time there was a fox. " * 300, raw=True)
    asked = asyncio.create_task(anext(real.generate(request)))
    await until(real, lambda snapshot: any(request.state == "prefill" for request in snapshot.requests))
    hung_up = time.monotonic()
    asked.cancel()
    await asyncio.wait((asked,))
    await until(real, lambda snapshot: not snapshot.requests and not active(snapshot))
    assert time.monotonic() - hung_up < FREED_S
    async with asyncio.timeout(10):  # the engine finishes its batch first
        assert (await short(real))[-1].done


@pytest.mark.section("A.13")
@pytest.mark.real
async def test_who_hangs_up_while_the_model_loads_ends_the_load(real: Client, twin: str) -> None:
    asked = asyncio.create_task(anext(endless(real, twin)))
    await until(real, lambda snapshot: any(runner.state == "loading" for runner in snapshot.runners))
    asked.cancel()
    await asyncio.wait((asked,))
    hung_up = time.monotonic()
    await until(real, lambda snapshot: all(runner.model != f"{twin}:latest" for runner in snapshot.runners))
    assert time.monotonic() - hung_up < FREED_S


@pytest.mark.section("A.2")
async def test_what_exceeds_the_queue_is_refused(tmp_path: Path) -> None:
    with daemon(tmp_path, FAKE_RUNNERS, OLLAMA_NUM_PARALLEL="1", OLLAMA_MAX_QUEUE="1") as started:
        add_tiny_model(started.settings, MODEL)
        await assert_third_is_refused(started.settings)


async def assert_third_is_refused(settings: Settings) -> None:
    body = {"model": MODEL, "prompt": "@tokens=1000 @delay=0.02", "stream": True}
    async with (
        Client(settings) as client,
        httpx.AsyncClient(base_url=settings.address.url, trust_env=False) as http,
        http.stream("POST", "/api/generate", json=body) as served,
    ):
        assert served.status_code == 200
        waiting = asyncio.create_task(short(client))
        await until(client, lambda snapshot: any(request.state == "queued" for request in snapshot.requests))
        refused = await http.post("/api/generate", json=body)
        assert refused.status_code == 503
        assert refused.json() == {"error": "server busy, please try again.  maximum pending requests exceeded"}
        await served.aclose()
        assert (await waiting)[-1].done
