"""A measurement against a real backend with fake runners."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from backend.client import Client
from backend.errors import BadRequest, NotFound
from backend.wire.ollama import GenerateRequest
from backend.wire.workstation import LoadRequest
from tests.fakes.backend import add_model
from tests.fakes.observed import asked, is_idle, runners, until
from tui.bench.report import document, lines
from tui.bench.session import Bench, Plan, measure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from backend.engine.base import RunnerHandle
    from backend.settings import Settings

__all__ = ["runners"]
_AGENT = "puna-bench/1"


@pytest.fixture
async def bencher(backend: Settings) -> AsyncIterator[Client]:
    add_model(backend, "m")
    async with Client(backend, _AGENT) as client:
        yield client


def plan(**changes: Any) -> Plan:
    return Plan(**{"model": "m", "prompt": 40, "predict": 4, "streams": (1, 3), "rounds": 2, **changes})


async def run(client: Client, **changes: Any) -> Bench:
    said: list[str] = []
    bench = await measure(client, _AGENT, plan(**changes), said.append)
    assert said[:2] == [f"loading {bench.plan.model}", "warming up"]
    return bench


async def test_every_level_is_measured_with_prompts_of_its_own(
    runners: list[RunnerHandle],  # the fixture
    bencher: Client,
) -> None:
    bench = await run(bencher)
    assert [(level.streams, level.prompt_tokens, level.tokens) for level in bench.levels] == [(1, 40, 4), (3, 40, 4)]
    assert bench.load_s is not None
    assert (bench.early, bench.others) == (0, [])
    prompts = [body["prompt"] for body in await asked(runners[0])]
    assert len(prompts) == len(set(prompts)) == 1 + 2 + 6
    assert len({prompt[:20] for prompt in prompts}) == len(prompts), "no cache knows their beginning"
    text = "\n".join(lines(bench))
    assert max(map(len, text.splitlines())) <= 80
    assert "m:latest, llama.cpp, CPU\n4 slots of 2,048 tokens each, loaded in" in text
    assert document(bench)["levels"][0]["limit"] > 0


async def test_what_is_loaded_is_measured_as_it_is_and_what_else_ran_is_told(bencher: Client, client: Client) -> None:
    loaded = await client.monitor.load(LoadRequest(model="m", options={"num_ctx": 512}, num_parallel=2))
    hanging = GenerateRequest(model="m", prompt="@hang=1", raw=True, options={"num_ctx": 512})
    other = asyncio.create_task(anext(client.generate(hanging)))
    await until(client, lambda snapshot: any(request.tokens for request in snapshot.requests))
    bench = await run(bencher, streams=(1,), predict=6)
    assert (bench.runner.id, bench.load_s) == (loaded.id, None)
    assert [(one.client, one.model) for one in bench.others] == [("puna", "m")]
    text = "\n".join(lines(bench))
    assert "Other requests ran meanwhile, so this may be too slow: 1 of puna (generate with" in text
    assert "2 of 2 replies were shorter than asked for" in text
    assert "`puna stop m:latest`" in text
    await other


async def test_streams_without_a_slot_of_their_own_wait(bencher: Client, client: Client) -> None:
    await client.monitor.load(LoadRequest(model="m", num_parallel=1))
    bench = await run(bencher, streams=(1,))
    assert "1 slot of 2,048 tokens, loaded before" in "\n".join(lines(bench))
    crowded = replace(bench, plan=replace(bench.plan, streams=(3,)), levels=[replace(bench.levels[0], streams=3)])
    assert crowded.limit_of(crowded.levels[0]) == bench.limit_of(bench.levels[0]), "one at a time"
    text = " ".join(" ".join(lines(crowded)).split())
    assert "3 streams have 1 slot here: some wait for others" in text


async def test_nothing_is_unloaded(bencher: Client, client: Client) -> None:
    await client.monitor.load(LoadRequest(model="m", options={"num_ctx": 64}))
    with pytest.raises(BadRequest, match="m:latest would have to go for this; first run `puna stop m:latest`"):
        await run(bencher)
    assert [runner.context_length for runner in await client.monitor.runners()] == [64]


async def test_what_cannot_be_measured_is_refused(bencher: Client, backend: Settings) -> None:
    add_model(backend, "e", metadata={"llama.pooling_type": 1})
    with pytest.raises(BadRequest, match="'e' generates no text"):
        await run(bencher, model="e")
    with pytest.raises(BadRequest, match="2048 tokens: --prompt and --predict together may be 1984 at most"):
        await run(bencher, prompt=2000)
    with pytest.raises(NotFound):
        await run(bencher, model="none")


async def test_leaving_early_ends_what_it_asked_for(bencher: Client, client: Client) -> None:
    task = asyncio.create_task(run(bencher, rounds=100_000))
    await until(client, lambda snapshot: any(request.client == _AGENT for request in snapshot.requests))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(client, is_idle)
