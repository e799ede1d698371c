"""Requests that wait, leave and follow one another: the specification's sections A.13 and H through HTTP."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.fakes.backend import add_model
from tests.fakes.observed import asked, hung_up, is_idle, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

    from backend.client import Client
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from backend.wire.workstation import Snapshot
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("A.6")

BUSY = "server busy, please try again.  maximum pending requests exceeded"
ONE_SLOT = pytest.mark.parametrize("settings", [{"OLLAMA_NUM_PARALLEL": "1"}], indirect=True)


@asynccontextmanager
async def streaming(wire: Wire, model: str = "m") -> AsyncIterator[aiohttp.ClientResponse]:
    """A generation that has begun and goes on for as long as the block lasts; then its client goes away."""
    async with wire.session.post("/api/generate", json={"model": model, "prompt": "@hang=1"}) as response:
        await response.content.readline()
        yield response


def ask(wire: Wire, model: str = "m", prompt: str = "hi", **fields: object) -> asyncio.Task[Answer]:
    return asyncio.create_task(wire.post("/api/generate", model=model, prompt=prompt, **fields))


async def leave(request: asyncio.Task[Answer]) -> None:
    """The client hangs up."""
    request.cancel()
    await asyncio.wait([request])


@pytest.mark.section("A.2")
@pytest.mark.parametrize("settings", [{"OLLAMA_NUM_PARALLEL": "1", "OLLAMA_MAX_QUEUE": "1"}], indirect=True)
async def test_a_full_queue_refuses_at_once(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    async with streaming(wire):
        second = ask(wire)
        await until(client, lambda snapshot: len(snapshot.requests) == 2)
        async with asyncio.timeout(1):
            third = await ask(wire)
        assert third.refusal == (503, BUSY)
        assert not second.done()
    assert (await second).lines[-1]["done"] is True


@ONE_SLOT
async def test_requests_are_served_in_the_order_of_their_arrival(
    runners: list[RunnerHandle], wire: Wire, client: Client, backend: Settings
) -> None:
    add_model(backend, "m")
    requests = []
    async with streaming(wire):
        for number in range(4):
            requests.append(ask(wire, prompt=f"request {number}", raw=True))
            await until(client, lambda snapshot: len(snapshot.requests) == 1 + len(requests))
    await asyncio.gather(*requests)
    prompts = [body["prompt"] for body in await asked(runners[0])][1:]
    assert prompts == [f"request {number}" for number in range(4)]


@pytest.mark.parametrize("settings", [{"OLLAMA_NUM_PARALLEL": "2"}], indirect=True)
async def test_a_model_answers_as_many_at_once_as_it_has_slots(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    async with streaming(wire), streaming(wire):
        snapshot = await until(client, lambda snapshot: len(snapshot.requests) == 2)
        assert [(runner.active, runner.slots) for runner in snapshot.runners] == [(2, 2)]


@ONE_SLOT
async def test_two_models_answer_at_the_same_time(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    add_model(backend, "n")
    async with streaming(wire, "m"), streaming(wire, "n"):
        snapshot = await until(client, lambda snapshot: len(snapshot.requests) == 2)
        assert [request.state for request in snapshot.requests] == ["decode", "decode"]
        assert [runner.active for runner in snapshot.runners] == [1, 1]


@pytest.mark.parametrize("settings", [{"OLLAMA_MAX_LOADED_MODELS": "1"}], indirect=True)
async def test_a_second_model_waits_until_the_first_may_go(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    add_model(backend, "n")
    async with streaming(wire, "m"):
        other = ask(wire, "n")
        snapshot = await until(client, lambda snapshot: len(snapshot.requests) == 2)
        assert [runner.model for runner in snapshot.runners] == ["m:latest"]
    assert (await other).lines[-1]["done"] is True
    snapshot = await until(client, is_idle)
    assert [runner.model for runner in snapshot.runners] == ["n:latest"]


@pytest.mark.section("A.13", "M.21")
@ONE_SLOT
async def test_a_client_that_goes_away_frees_its_slot(
    runners: list[RunnerHandle], wire: Wire, client: Client, backend: Settings
) -> None:
    add_model(backend, "m")
    async with streaming(wire):
        pass
    async with asyncio.timeout(1):
        await until(client, is_idle)
        await hung_up(runners[0])
        assert (await ask(wire)).lines[-1]["done"] is True


@pytest.mark.section("A.13")
@ONE_SLOT
async def test_a_client_that_waits_for_a_whole_reply_may_go_away_too(
    runners: list[RunnerHandle], wire: Wire, client: Client, backend: Settings
) -> None:
    add_model(backend, "m")
    request = ask(wire, prompt="@hang=1", stream=False)
    await until(client, lambda snapshot: snapshot.requests and snapshot.requests[0].state == "decode")
    await leave(request)
    async with asyncio.timeout(1):
        await hung_up(runners[0])
        await until(client, is_idle)


@pytest.mark.section("A.13")
@ONE_SLOT
async def test_a_client_that_goes_away_while_it_waits_gives_its_place_up(
    runners: list[RunnerHandle], wire: Wire, client: Client, backend: Settings
) -> None:
    add_model(backend, "m")
    async with streaming(wire):
        request = ask(wire)
        await until(client, lambda snapshot: len(snapshot.requests) == 2)
        await leave(request)
        async with asyncio.timeout(1):
            snapshot = await until(client, lambda snapshot: len(snapshot.requests) == 1)
        assert [(runner.active, runner.queued) for runner in snapshot.runners] == [(1, 0)]
    await until(client, is_idle)
    assert len(await asked(runners[0])) == 1


@pytest.mark.section("A.13")
async def test_a_client_that_goes_away_while_its_model_loads_ends_the_load(
    wire: Wire, client: Client, backend: Settings
) -> None:
    add_model(backend, "m", behaviour="@slow_load=60")
    request = ask(wire)
    await until(client, lambda snapshot: snapshot.requests and snapshot.requests[0].state == "loading")
    assert len(psutil.Process().children()) == 1
    await leave(request)
    async with asyncio.timeout(1):
        await until(client, lambda snapshot: not snapshot.runners and not snapshot.requests)
    assert psutil.Process().children() == []


@pytest.mark.section("A.13")
async def test_a_load_goes_on_for_who_still_waits(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m", behaviour="@slow_load=0.5")
    first, second = ask(wire), ask(wire)
    await until(client, lambda snapshot: len(snapshot.requests) == 2)
    await leave(first)
    assert (await second).lines[-1]["done"] is True


def unloaded(snapshot: Snapshot) -> bool:
    return not snapshot.runners


async def test_a_model_is_unloaded_when_its_time_is_over(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    await ask(wire, keep_alive="200ms")
    snapshot = await until(client, lambda snapshot: snapshot.runners)
    assert (snapshot.runners[0].expires_in or 0) <= 0.2
    await until(client, unloaded, timeout=2)


@pytest.mark.parametrize("settings", [{"OLLAMA_KEEP_ALIVE": "0.2"}], indirect=True)
async def test_the_time_can_be_set_for_all(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    async with streaming(wire):
        snapshot = await until(client, lambda snapshot: snapshot.runners)
        assert snapshot.runners[0].expires_in is None  # the time begins with the end of the request
    await until(client, unloaded, timeout=2)


async def test_a_model_that_is_not_kept_goes_at_once(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    assert (await ask(wire, keep_alive=0)).lines[-1]["done"] is True
    await until(client, unloaded, timeout=1)


@pytest.mark.section("M.9")
async def test_a_time_that_was_given_sticks(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    await ask(wire, keep_alive=-1)
    await ask(wire)
    snapshot = await until(client, is_idle)
    assert snapshot.runners[0].expires_in is None
    await ask(wire, keep_alive="1h")
    snapshot = await until(client, is_idle)
    assert 3599 < (snapshot.runners[0].expires_in or 0) <= 3600


async def test_unloading_waits_for_who_is_served(wire: Wire, client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    async with streaming(wire):
        assert (await ask(wire, prompt="", keep_alive=0)).json["done_reason"] == "unload"
        snapshot = await until(client, lambda snapshot: snapshot.runners)
        assert snapshot.runners[0].active == 1
    await until(client, unloaded, timeout=2)


async def test_another_context_length_loads_the_model_again(
    runners: list[RunnerHandle], wire: Wire, client: Client, backend: Settings
) -> None:
    add_model(backend, "m")
    for length in (64, 64, 128, 5000, 9000):  # the last two are both cut to what the model was trained for
        assert (await ask(wire, options={"num_ctx": length, "top_k": length})).lines[-1]["done"] is True
    assert len(runners) == 3
    snapshot = await until(client, is_idle)
    assert [runner.context_length for runner in snapshot.runners] == [2048]


async def test_a_reload_waits_for_who_is_served(
    runners: list[RunnerHandle], wire: Wire, client: Client, backend: Settings
) -> None:
    add_model(backend, "m")
    async with streaming(wire):
        other = ask(wire, options={"num_ctx": 64})
        await until(client, lambda snapshot: len(snapshot.requests) == 2)
        assert len(runners) == 1
    assert (await other).lines[-1]["done"] is True
    assert len(runners) == 2
