"""Puna's own API: what runs, as a stream, and ending it."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING

import aiohttp
import psutil
import pytest

from backend.client import Client
from backend.errors import NotFound
from backend.monitor.nvidia import NvidiaDevices
from backend.wire.ollama import GenerateRequest
from backend.wire.workstation import LoadRequest
from tests.fakes.backend import FAKE_RUNNER, add_model, serve
from tests.fakes.nvml import FakeNvml, Gpu
from tests.fakes.observed import hung_up, is_idle, until

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from backend.wire.workstation import Snapshot
    from tests.fakes.wire import Wire


def decoding(snapshot: Snapshot) -> bool:
    return any(request.state == "decode" for request in snapshot.requests)


async def test_the_state_is_told_at_once_and_after_a_change(client: Client, backend: Settings) -> None:
    async with asyncio.timeout(5), aclosing(client.events()) as events:
        first = await anext(events)
        assert (first.runners, first.requests) == ([], [])
        assert first.memory_total > first.memory_available > 0
        assert set(first.version) <= set("0123456789.")
        add_model(backend, "m")
        await client.load("m", {"num_ctx": 77})
        async for snapshot in events:
            if snapshot.runners and snapshot.runners[0].state == "ready" and not snapshot.requests:
                break
        (runner,) = snapshot.runners
        assert (runner.model, runner.context_length, runner.active, runner.queued) == ("m:latest", 77, 0, 0)
        assert runner.expires_in is not None
        assert 299 < runner.expires_in <= 300
        assert runner.resident > 0
        assert runner.slots >= 1
        await client.copy("m", "other")
        async for snapshot in events:
            if snapshot.models_revision > first.models_revision:
                return


async def test_events_are_server_sent(wire: Wire) -> None:
    async with wire.session.get("/puna/v1/events") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        number, data, empty = [await response.content.readline() for _ in range(3)]
    assert number.startswith(b"id: ")
    assert json.loads(data.removeprefix(b"data: "))["requests"] == []
    assert empty == b"\n"


async def test_a_live_request_is_shown_until_it_ends(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    headers = {"User-Agent": "ollama-python/0.6\x9b\u202e (linux)"}
    body = {"model": "m", "prompt": "one two @hang=3"}
    async with wire.session.post("/api/generate", json=body, headers=headers) as response:
        await response.content.readline()
        snapshot = await until(client, lambda snapshot: decoding(snapshot) and snapshot.requests[0].tokens == 3)
        (request,) = snapshot.requests
        (listed,) = (await wire.get("/puna/v1/requests")).json
        (runner,) = snapshot.runners
    assert (request.model, request.kind, request.client) == ("m", "generate", "ollama-python/0.6")
    assert (request.address, request.runner) == ("127.0.0.1", runner.id)
    assert (request.prompt_tokens, request.prompt_total, request.prefill_per_second) == (4, 4, 4000)
    assert request.first_token is not None
    assert 0 < request.first_token <= request.elapsed
    assert (listed["id"], listed["state"]) == (request.id, "decode")
    assert (runner.active, runner.expires_in) == (1, None)
    await until(client, is_idle)
    assert (await wire.get("/puna/v1/requests")).json == []


async def test_a_request_that_loads_its_model_says_so(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m", behaviour="@slow_load=60")
    loading = asyncio.create_task(wire.post("/api/chat", model="m", messages=[{"role": "user", "content": "hi"}]))
    snapshot = await until(client, lambda snapshot: snapshot.requests and snapshot.requests[0].state == "loading")
    assert [(runner.state, runner.queued) for runner in snapshot.runners] == [("loading", 1)]
    await client.cancel(snapshot.requests[0].id)
    assert (await loading).refusal == (499, "request canceled")
    await until(client, lambda snapshot: not snapshot.runners)


async def test_punas_own_requests_carry_its_name(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    replies = client.generate(GenerateRequest(model="m", prompt="@hang=1"))
    async with aclosing(replies):
        await anext(replies)
        snapshot = await until(client, decoding)
        assert snapshot.requests[0].client == "puna"
    await until(client, is_idle)


async def test_cancelling_ends_a_stream_with_a_line_and_the_engines_work(
    runners: list[RunnerHandle], wire: Wire, client: Client, backend: Settings
) -> None:
    add_model(backend, "m")
    async with wire.session.post("/api/generate", json={"model": "m", "prompt": "@hang=1"}) as response:
        await response.content.readline()
        snapshot = await until(client, decoding)
        answer = await wire.send("DELETE", f"/puna/v1/requests/{snapshot.requests[0].id}")
        assert (answer.status, answer.body) == (204, b"")
        assert await response.content.read() == b'{"error":"request canceled"}\n'
    await hung_up(runners[0])
    await until(client, is_idle)


async def test_cancelling_ends_a_single_reply_with_its_status(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    waiting = asyncio.create_task(wire.post("/api/generate", model="m", prompt="@hang=1", stream=False))
    snapshot = await until(client, decoding)
    await client.cancel(snapshot.requests[0].id)
    assert (await waiting).refusal == (499, "request canceled")


@pytest.mark.parametrize("settings", [{"OLLAMA_NUM_PARALLEL": "1"}], indirect=True)
async def test_cancelling_what_waits_leaves_the_rest_alone(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    async with wire.session.post("/api/generate", json={"model": "m", "prompt": "@hang=1"}) as response:
        await response.content.readline()
        waiting = asyncio.create_task(wire.post("/api/generate", model="m", prompt="hi"))
        snapshot = await until(client, lambda snapshot: len(snapshot.requests) == 2)
        assert [request.state for request in snapshot.requests] == ["decode", "queued"]
        assert [(runner.active, runner.queued) for runner in snapshot.runners] == [(1, 1)]
        await client.cancel(snapshot.requests[1].id)
        assert (await waiting).refusal == (499, "request canceled")
        snapshot = await until(client, lambda snapshot: len(snapshot.requests) == 1)
        assert snapshot.requests[0].state == "decode"


async def test_what_is_not_live_cannot_be_cancelled(wire: Wire, client: Client) -> None:
    assert (await wire.send("DELETE", "/puna/v1/requests/r1")).refusal == (404, "no live request 'r1'")
    with pytest.raises(NotFound):
        await client.cancel("r99")


async def test_the_log_of_a_runner_can_be_read(
    runners: list[RunnerHandle], wire: Wire, client: Client, backend: Settings
) -> None:
    add_model(backend, "m")
    await client.load("m")
    await until(client, lambda snapshot: snapshot.runners and snapshot.runners[0].size == int(12.5 * 2**20))
    answer = await wire.get(f"/puna/v1/runners/{runners[0].id}/log")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert b"model buffer size" in answer.body
    assert (await wire.get("/puna/v1/runners/none/log")).body == b""


async def test_devices_are_told_with_who_holds_their_memory(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    here, engines = "no:0", "--gpus=24,8"  # the fake engine's second device is none that the driver knows
    nvml = FakeNvml(Gpu(bus=here, processes={1: 1 << 30}))
    monkeypatch.setattr("backend.monitor.sampler.find_sources", lambda: [NvidiaDevices(nvml)])
    monkeypatch.setattr("tests.fakes.backend.FAKE_RUNNER", (*FAKE_RUNNER, engines))
    ready, stop = asyncio.Event(), asyncio.Event()
    life = asyncio.create_task(serve(settings, ready, stop))
    await ready.wait()
    add_model(settings, "m")
    async with Client(settings) as client:
        view = await client.monitor.load(LoadRequest(model="m"))
        nvml.gpus[0].processes[await pid_of(client, view.id)] = 3 << 30
        snapshot = await until(client, lambda snapshot: snapshot.devices and snapshot.devices[0].models)
        machine = await client.monitor.machine()
        said = await client.monitor.estimate(LoadRequest(model="m", options={"num_ctx": 99}))
    stop.set()
    await life
    first, second = snapshot.devices
    assert (first.kind, first.use, first.memory_used) == ("nvidia", 61, 30 << 30)
    assert [(one.model, one.memory) for one in first.models] == [("m:latest", 3 << 30)]
    assert (second.kind, second.use, second.memory_total) == ("other", None, 8 << 30)
    assert (machine.cores > 0, [device.kind for device in machine.devices]) == (True, ["nvidia", "other"])
    assert [box.name for box in said.boxes] == ["Fake 0", "Fake 1", "RAM"]


async def pid_of(client: Client, runner: str) -> int:
    """The process of a runner of this very backend."""
    children = psutil.Process().children()
    assert (await client.monitor.log(runner)).running
    return next(child.pid for child in children if any("runner.py" in word for word in child.cmdline()))


async def test_a_watcher_does_not_keep_the_backend_from_ending(settings: Settings) -> None:
    ready, stop = asyncio.Event(), asyncio.Event()
    life = asyncio.create_task(serve(settings, ready, stop))
    await ready.wait()
    async with (
        aiohttp.ClientSession(settings.address.url) as session,
        session.get("/puna/v1/events") as response,
    ):
        await response.content.readline()
        stop.set()
        async with asyncio.timeout(2):
            await life
