from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import psutil
import pytest

from backend.engine.base import RunnerExited, RunnerProgressed
from backend.engine.local import LocalEngine
from backend.errors import LoadFailed
from tests.fakes.backend import FAKE_RUNNER

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend.runner.spec import RunnerSpec


async def test_a_loaded_runner_answers(engine: LocalEngine, make_spec: Callable[..., RunnerSpec]) -> None:
    handle = await engine.launch(make_spec())
    assert await handle.client.healthy()
    while handle.memory is None:  # noqa: ASYNC110 # the log is read beside, and nothing tells of a line
        await asyncio.sleep(0)
    assert handle.memory.total == int(12.5 * 2**20)


async def test_nobody_without_the_key_is_served(engine: LocalEngine, make_spec: Callable[..., RunnerSpec]) -> None:
    import aiohttp

    await engine.launch(make_spec())
    socket = next(engine.folder.glob("*.sock"))
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as stranger,
        stranger.post("http://runner/completion", json={"prompt": "hi"}) as response,
    ):
        assert response.status == 401
    assert engine.folder.stat().st_mode & 0o777 == 0o700


async def test_progress_is_told_while_loading(engine: LocalEngine, make_spec: Callable[..., RunnerSpec]) -> None:
    await engine.launch(make_spec("@slow_load=0.3"))
    seen = []
    async for event in engine.events():
        assert isinstance(event, RunnerProgressed)
        seen.append(event.progress)
        if event.progress == 1.0:
            break
    assert seen == sorted(seen)
    assert len(set(seen)) > 2


async def test_a_refusal_carries_the_engines_words(engine: LocalEngine, make_spec: Callable[..., RunnerSpec]) -> None:
    with pytest.raises(LoadFailed, match="error loading model: no such tensor"):
        await engine.launch(make_spec("@refuse=no_such_tensor"))


async def test_a_death_while_loading_is_a_load_failure(
    engine: LocalEngine, make_spec: Callable[..., RunnerSpec]
) -> None:
    with pytest.raises(LoadFailed, match="signal 9"):
        await engine.launch(make_spec("@die_loading"))


async def test_a_silent_load_is_given_up(engine: LocalEngine, make_spec: Callable[..., RunnerSpec]) -> None:
    with pytest.raises(LoadFailed, match="timed out waiting for the model runner to start"):
        await engine.launch(make_spec("@silent_load"))
    assert not _children()


async def test_a_slow_load_is_not_a_stalled_one(engine: LocalEngine, make_spec: Callable[..., RunnerSpec]) -> None:
    handle = await engine.launch(make_spec("@slow_load=1.5"))  # longer than the stall limit, but it speaks
    assert await handle.client.healthy()


async def test_cancelling_a_load_kills_the_child(engine: LocalEngine, make_spec: Callable[..., RunnerSpec]) -> None:
    launching = asyncio.create_task(engine.launch(make_spec("@slow_load=60")))
    async for event in engine.events():
        if isinstance(event, RunnerProgressed):
            break
    launching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await launching
    assert not _children()


async def test_a_child_that_ignores_term_is_killed(engine: LocalEngine, make_spec: Callable[..., RunnerSpec]) -> None:
    handle = await engine.launch(make_spec("@ignore_term"))
    await engine.stop(handle.id, 0.1)
    assert not psutil.pid_exists(handle.pid)


async def test_a_stopped_runner_is_gone_and_told(engine: LocalEngine, make_spec: Callable[..., RunnerSpec]) -> None:
    handle = await engine.launch(make_spec())
    await engine.stop(handle.id, 1.0)
    async for event in engine.events():
        if isinstance(event, RunnerExited):
            assert event.id == handle.id
            break
    assert not list(engine.folder.glob("*.sock"))
    kept = engine.log(handle.id)
    assert kept is not None
    assert "KV buffer size" in kept.lines[-1]  # its last words can still be read


async def test_a_killed_runner_is_told(engine: LocalEngine, make_spec: Callable[..., RunnerSpec]) -> None:
    handle = await engine.launch(make_spec())
    os.kill(handle.pid, signal.SIGKILL)
    async with asyncio.timeout(2):
        async for event in engine.events():
            if isinstance(event, RunnerExited):
                break


async def test_a_grandchild_hides_no_death(make_spec: Callable[..., RunnerSpec]) -> None:
    wrapper = ("/bin/sh", "-c", 'sleep 60 & exec "$@"', "wrapper", *FAKE_RUNNER)
    async with LocalEngine(5.0, wrapper) as engine:
        handle = await engine.launch(make_spec())
        (grandchild,) = psutil.Process(handle.pid).children()
        os.kill(handle.pid, signal.SIGKILL)
        async with asyncio.timeout(2):
            async for event in engine.events():
                if isinstance(event, RunnerExited):
                    break
        gone, _ = psutil.wait_procs([grandchild], timeout=2)
        assert gone


async def test_a_runner_told_to_stop_while_it_starts_is_gone_at_once(
    engine: LocalEngine, make_spec: Callable[..., RunnerSpec]
) -> None:
    launching = asyncio.create_task(engine.launch(make_spec()))
    await asyncio.sleep(0)
    launching.cancel()
    async with asyncio.timeout(0.9):
        with pytest.raises(asyncio.CancelledError):
            await launching


async def test_a_program_that_cannot_be_started_is_a_load_failure(make_spec: Callable[..., RunnerSpec]) -> None:
    async with LocalEngine(5.0, ("/nowhere/runner",)) as engine:
        with pytest.raises(LoadFailed, match=r"cannot start the runner: No such file or directory$"):
            await engine.launch(make_spec())


async def test_reasons_carry_no_paths(engine: LocalEngine, make_spec: Callable[..., RunnerSpec]) -> None:
    with pytest.raises(LoadFailed, match="error loading model: bad its file here"):
        await engine.launch(make_spec("@refuse=bad_/some/where.gguf_here"))


async def test_nothing_is_left_behind(make_spec: Callable[..., RunnerSpec]) -> None:
    before = psutil.Process().num_fds()
    async with LocalEngine(5.0, FAKE_RUNNER) as engine:
        for number in range(4):
            await engine.launch(make_spec(identity=f"r{number}"))
        await engine.stop("r1", 1.0)
        folder = engine.folder
    assert not _children()
    assert not folder.exists()
    assert psutil.Process().num_fds() == before


def _children() -> list[psutil.Process]:
    return psutil.Process().children()
