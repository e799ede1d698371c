"""Puna's own API over runners: what they take, loading them as one likes, keeping them, their logs."""

from __future__ import annotations

import asyncio
import math
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from backend.errors import BackendError, BadRequest, NotFound
from backend.wire.ollama import GenerateRequest
from backend.wire.workstation import LoadRequest
from tests.fakes.backend import add_model
from tests.fakes.observed import until

if TYPE_CHECKING:
    from backend.client import Client
    from backend.settings import Settings
    from tests.fakes.wire import Wire

MIB = 1 << 20


async def test_a_model_is_loaded_as_one_likes_and_used_so(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    wanted = LoadRequest(model="m", options={"num_ctx": 512}, kv_cache_type="q8_0", num_parallel=2, keep_alive=-1)
    said = await client.monitor.estimate(wanted)
    assert (said.loaded, said.fits, said.evicts, said.refusal) == (False, True, [], "")
    view = await client.monitor.load(wanted)
    assert (view.context_length, view.slots, view.kv_cache_type, view.pinned) == (512, 2, "q8_0", True)
    assert (said.num_ctx, said.num_parallel, said.kv_cache_type) == (512, 2, "q8_0")
    assert view.expires_in == math.inf or view.expires_in is None
    assert (await client.monitor.estimate(wanted)).loaded
    await client.load("m", {"num_ctx": 512})  # what it does not choose fits what was chosen
    assert [runner.id for runner in await client.monitor.runners()] == [view.id]


async def test_the_engine_tells_what_a_runner_takes(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    await client.monitor.load(LoadRequest(model="m"))
    snapshot = await until(client, lambda snapshot: snapshot.runners and snapshot.runners[0].places)
    (runner,) = snapshot.runners
    assert (runner.weights, runner.kv, runner.compute) == (10 * MIB, int(2.5 * MIB), 0)
    assert [place.device for place in runner.places] == ["CPU_Mapped", "CPU"]


async def test_an_estimate_names_what_would_go(client: Client, backend: Settings) -> None:
    for name in ("a", "b"):
        add_model(backend, name)
    await client.monitor.load(LoadRequest(model="a", options={"num_ctx": 64}))
    said = await client.monitor.estimate(LoadRequest(model="a", options={"num_ctx": 128}))
    assert [(one.model, one.busy) for one in said.evicts] == [("a:latest", False)]
    (box,) = said.boxes
    assert box.name == "RAM"
    assert box.total - box.taken - box.weights - box.kv - box.compute == box.free > 0
    assert said.most_context == said.trained_context > 0
    assert (await client.monitor.estimate(LoadRequest(model="b"))).evicts == []


async def test_what_cannot_be_loaded_is_refused(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    with pytest.raises(BadRequest, match="kv_cache_type must be one of f16"):
        await client.monitor.estimate(LoadRequest(model="m", kv_cache_type="q9"))
    with pytest.raises(BadRequest, match="num_parallel must be a number from 1 to 64"):
        await client.monitor.load(LoadRequest(model="m", num_parallel=0))
    with pytest.raises(NotFound):
        await client.monitor.estimate(LoadRequest(model="none"))


async def test_runners_are_kept_and_unloaded_by_id(client: Client, backend: Settings) -> None:
    for name in "abc":
        add_model(backend, name, metadata={"general.name": name})
        await client.monitor.load(LoadRequest(model=name))
    by_model = {runner.model: runner.id for runner in await client.monitor.runners()}
    await client.monitor.keep(by_model["a:latest"], -1)
    await until(client, lambda snapshot: any(runner.pinned for runner in snapshot.runners))
    await client.monitor.keep(by_model["a:latest"], "5m")
    await until(client, lambda snapshot: not any(runner.pinned for runner in snapshot.runners))
    await client.monitor.unload(by_model["b:latest"])
    await until(client, lambda snapshot: {one.model for one in snapshot.runners} == {"a:latest", "c:latest"})
    await client.monitor.unload_all()
    await until(client, lambda snapshot: not snapshot.runners)
    for change in (client.monitor.unload("x"), client.monitor.keep("x", 1)):
        with pytest.raises(NotFound, match="no runner 'x' is loaded"):
            await change


async def test_a_log_is_read_on_from_where_one_was(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    view = await client.monitor.load(LoadRequest(model="m"))
    await until(client, lambda snapshot: snapshot.runners and len(snapshot.runners[0].places) == 2)
    page = await client.monitor.log(view.id)
    assert [line.split(" = ")[0] for line in page.lines][-1].endswith("CPU KV buffer size")
    assert (page.next, page.running) == (len(page.lines), True)
    rest = await client.monitor.log(view.id, page.next)
    assert (rest.lines, rest.next) == ([], page.next)
    assert (await client.monitor.log(view.id, 1)).lines == page.lines[1:]


async def test_the_last_words_of_a_runner_that_failed_can_be_read(
    wire: Wire, client: Client, backend: Settings
) -> None:
    add_model(backend, "m", behaviour="@refuse=tensor_x_is_missing")
    with pytest.raises(BackendError, match="tensor x is missing"):
        await client.monitor.load(LoadRequest(model="m"))
    snapshot = await until(client, lambda snapshot: snapshot.ended)
    (ended,) = snapshot.ended
    assert (ended.model, ended.reason) == ("m:latest", "error loading model: tensor x is missing")
    assert 0 <= ended.ago < 5
    page = await client.monitor.log(ended.id)
    assert (page.running, "tensor x is missing" in page.lines[-1]) == (False, True)
    assert (await wire.get("/puna/v1/runners/x/log?from=0")).refusal == (404, "the log of 'x' is gone")
    assert (await wire.get(f"/puna/v1/runners/{ended.id}/log?from=-1")).status == 400


async def test_a_model_that_loads_again_is_forgiven(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    view = await client.monitor.load(LoadRequest(model="m"))
    replies = client.generate(GenerateRequest(model="m", prompt="@crash=0"))
    with pytest.raises(BackendError, match="model runner has unexpectedly stopped"):
        async with aclosing(replies):
            await anext(replies)
    snapshot = await until(client, lambda snapshot: snapshot.ended)
    assert [one.id for one in snapshot.ended] == [view.id]
    await client.monitor.load(LoadRequest(model="m"))
    await until(client, lambda snapshot: snapshot.runners and not snapshot.ended)


async def test_a_load_is_shown_and_can_be_cancelled(client: Client, backend: Settings) -> None:
    add_model(backend, "m", behaviour="@slow_load=60")
    loading = asyncio.create_task(client.monitor.load(LoadRequest(model="m")))
    snapshot = await until(client, lambda snapshot: snapshot.requests and snapshot.requests[0].state == "loading")
    (request,) = snapshot.requests
    assert (request.kind, request.client) == ("load", "puna")
    await client.cancel(request.id)
    with pytest.raises(BackendError, match="request canceled"):
        await loading
