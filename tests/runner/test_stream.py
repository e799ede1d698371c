from __future__ import annotations

import asyncio
import os
import signal
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadRequest, EngineRefused, RunnerDied
from backend.runner import stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend.engine.local import LocalEngine
    from backend.runner.spec import RunnerSpec
    from backend.runner.stream import RunnerClient


@pytest.fixture
async def runner(engine: LocalEngine, make_spec: Callable[..., RunnerSpec]) -> RunnerClient:
    return (await engine.launch(make_spec())).client


async def _text(runner: RunnerClient, prompt: str) -> str:
    async with aclosing(runner.stream("/completion", {"prompt": prompt})) as events:
        return "".join([event["content"] async for event in events])


async def test_events_arrive_in_order(runner: RunnerClient) -> None:
    assert await _text(runner, "«one two three»") == "one two three"


async def test_a_connection_is_never_reused_after_a_stream(runner: RunnerClient) -> None:
    for _ in range(5):
        assert await _text(runner, "«again»") == "again"
        assert await runner.call("/tokenize", {"content": "x"}) is not None


@pytest.mark.parametrize("misbehaviour", ["@crash=2", "@cut=2", "@garbage=2"])
async def test_a_broken_stream_is_an_error(runner: RunnerClient, misbehaviour: str) -> None:
    with pytest.raises(RunnerDied):
        await _text(runner, misbehaviour)


async def test_an_error_event_is_an_error(runner: RunnerClient) -> None:
    with pytest.raises(EngineRefused, match="something broke"):
        await _text(runner, "@error=1")


async def test_a_refusal_keeps_status_and_text(runner: RunnerClient) -> None:
    with pytest.raises(EngineRefused, match="exceed_context_size_error") as caught:
        await _text(runner, "@refuse_request")
    assert caught.value.status == 400


async def test_what_cannot_be_sent_is_refused(runner: RunnerClient) -> None:
    deep: list[object] = []
    for _ in range(300):
        deep = [deep]
    for content, reason in ((deep, "Recursion limit"), (1 << 70, "64-bit")):
        with pytest.raises(BadRequest, match=reason):
            await runner.call("/tokenize", {"content": content})


async def test_closing_the_stream_hangs_up(runner: RunnerClient) -> None:
    async with aclosing(runner.stream("/completion", {"prompt": "@hang=1"})) as events:
        async for event in events:
            if event["content"]:
                break
    async with asyncio.timeout(2):
        assert (await runner.call("/journal", {"hangups": 1}))["hangups"] == 1


async def test_many_tokens_at_once_arrive_in_order(runner: RunnerClient) -> None:
    assert await _text(runner, "@tokens=500") == "".join(f"t{n} " for n in range(500))


async def test_who_is_cancelled_while_reading_hangs_up(runner: RunnerClient) -> None:
    read = asyncio.Event()

    async def consume() -> None:
        async with aclosing(runner.stream("/completion", {"prompt": "@delay=0.02 @hang=2"})) as events:
            async for event in events:
                if event["content"]:
                    read.set()

    consumer = asyncio.create_task(consume())
    await read.wait()  # the consumer has asked for more by then
    consumer.cancel()
    async with asyncio.timeout(2):
        assert (await runner.call("/journal", {"hangups": 1}))["hangups"] == 1
    with pytest.raises(asyncio.CancelledError):
        await consumer


async def test_a_frozen_runner_is_noticed(
    engine: LocalEngine, make_spec: Callable[..., RunnerSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_SILENCE_S", 0.1)
    monkeypatch.setattr(stream, "_PROBE_S", 0.1)
    handle = await engine.launch(make_spec())
    try:
        with pytest.raises(RunnerDied, match="stopped answering"):
            await _text(handle.client, "@freeze=1")
    finally:
        os.kill(handle.pid, signal.SIGCONT)


async def test_a_frozen_runner_is_noticed_by_calls_too(
    engine: LocalEngine, make_spec: Callable[..., RunnerSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_SILENCE_S", 0.1)
    monkeypatch.setattr(stream, "_PROBE_S", 0.1)
    handle = await engine.launch(make_spec())
    os.kill(handle.pid, signal.SIGSTOP)
    # A stop takes its time: wait until every thread stands still.
    await asyncio.to_thread(os.waitid, os.P_PID, handle.pid, os.WSTOPPED | os.WNOWAIT)
    try:
        with pytest.raises(RunnerDied, match="stopped answering"):
            await handle.client.call("/tokenize", {"content": "x"})
    finally:
        os.kill(handle.pid, signal.SIGCONT)


async def test_a_silent_but_healthy_runner_is_waited_for(runner: RunnerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_SILENCE_S", 0.05)
    assert await _text(runner, "@delay=0.2 @tokens=2") == "t0 t1 "
