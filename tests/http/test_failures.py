"""What clients see when the engine fails: an error with its status, or a last line, and then everything goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.fakes.backend import add_model, serve
from tests.fakes.observed import hung_up, is_idle, replay, until

if TYPE_CHECKING:
    from backend.client import Client
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("0", "A.2")

ROUTES = ["/api/generate", "/api/chat"]


async def ask(wire: Wire, path: str, prompt: str, **fields: Any) -> Answer:
    messages = [{"role": "user", "content": prompt}]
    body = {"prompt": prompt} if path == "/api/generate" else {"messages": messages}
    return await wire.post(path, model="m", **body, **fields)


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("crash", "model runner has unexpectedly stopped"),
        ("cut", "model runner has unexpectedly stopped"),
        ("garbage", "the model runner sent something that is not JSON"),
        ("error", "something broke"),
    ],
)
async def test_a_failure_in_mid_stream_is_the_last_line_and_the_next_request_works(
    wire: Wire, backend: Settings, client: Client, path: str, word: str, text: str
) -> None:
    add_model(backend, "m")
    *pieces, last = (await ask(wire, path, f"@{word}=2")).lines
    assert [piece["done"] for piece in pieces] == [False, False]
    assert list(last) == ["error"]
    assert text in last["error"]
    assert (await ask(wire, path, "hi")).lines[-1]["done"] is True
    await until(client, is_idle)


@pytest.mark.parametrize("path", ROUTES)
async def test_a_failure_of_a_single_reply_has_its_status(wire: Wire, backend: Settings, path: str) -> None:
    add_model(backend, "m")
    for word in ("crash", "garbage", "error"):
        status, _ = (await ask(wire, path, f"@{word}=2", stream=False)).refusal
        assert status == 500


@pytest.mark.parametrize("path", ROUTES)
async def test_a_failure_before_the_first_line_has_its_status(wire: Wire, backend: Settings, path: str) -> None:
    add_model(backend, "m")
    status, text = (await ask(wire, path, "@crash=0")).refusal
    assert (status, "model runner has unexpectedly stopped" in text) == (500, True)


@pytest.mark.parametrize("path", ROUTES)
async def test_the_engines_refusal_keeps_its_status_and_its_words(wire: Wire, backend: Settings, path: str) -> None:
    add_model(backend, "m")
    for stream in (True, False):
        status, text = (await ask(wire, path, "@refuse_request", stream=stream)).refusal
        assert status == 400
        assert '"message": "request exceeds the available context size"' in text


@pytest.mark.usefixtures("_replaying")
@pytest.mark.parametrize("path", ROUTES)
async def test_a_defect_is_logged_and_ends_the_stream_with_a_line(
    wire: Wire, backend: Settings, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    add_model(backend, "m")
    good = {"content": "a", "choices": [{"index": 0, "finish_reason": None, "delta": {"content": "a"}}]}
    senseless = {"choices": [{"index": 0}]}
    piece, last = (await ask(wire, path, replay(good, senseless))).lines
    assert piece["done"] is False
    assert last == {"error": "the backend failed; its log says why"}
    answer = await ask(wire, path, replay(senseless))
    assert (answer.status, answer.body) == (500, b"")
    assert caplog.messages == [f"POST {path} failed"] * 2


async def test_a_load_that_is_refused_says_why_and_shows_no_path(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", behaviour="@refuse=unknown_model_architecture")
    for stream in (True, False):
        status, text = (await ask(wire, "/api/chat", "hi", stream=stream)).refusal
        assert (status, text) == (500, "error loading model: unknown model architecture")
        assert str(backend.models) not in text


async def test_a_runner_that_dies_while_loading_is_an_error(wire: Wire, backend: Settings, client: Client) -> None:
    add_model(backend, "m", behaviour="@die_loading")
    status, text = (await ask(wire, "/api/generate", "hi")).refusal
    assert (status, "signal 9" in text) == (500, True)
    assert str(backend.models) not in text
    await until(client, lambda snapshot: not snapshot.runners)


@pytest.mark.parametrize("settings", [{"OLLAMA_LOAD_TIMEOUT": "0.3"}], indirect=True)
async def test_a_load_that_stalls_is_given_up(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", behaviour="@silent_load")
    status, text = (await ask(wire, "/api/generate", "hi")).refusal
    assert (status, "timed out waiting for the model runner to start" in text) == (500, True)


async def test_everybody_who_waits_for_a_load_hears_of_its_failure(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", behaviour="@slow_load=0.2 @refuse=no_such_tensor")
    answers = await asyncio.gather(*(ask(wire, "/api/generate", "hi") for _ in range(3)))
    assert {answer.status for answer in answers} == {500}


async def test_a_model_without_its_weights_is_an_error(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    largest = max((backend.models / "blobs").iterdir(), key=lambda path: path.stat().st_size)
    largest.unlink()
    status, text = (await ask(wire, "/api/generate", "hi")).refusal
    assert (status, "is damaged" in text) == (500, True)
    assert str(backend.models) not in text


async def test_the_backend_ends_while_clients_stream(runners: list[RunnerHandle], settings: Settings) -> None:
    ready, stop = asyncio.Event(), asyncio.Event()
    life = asyncio.create_task(serve(settings, ready, stop))
    await ready.wait()
    add_model(settings, "m")
    async with aiohttp.ClientSession(settings.address.url) as session:
        body = {"model": "m", "prompt": "@hang=1"}
        async with session.post("/api/generate", json=body) as response:
            await response.content.readline()
            stop.set()
            assert await response.content.readline() == b'{"error":"the backend is shutting down"}\n'
        async with asyncio.timeout(5):
            await life
    assert len(runners) == 1


async def test_a_client_that_reads_nothing_does_not_hold_up_others(
    runners: list[RunnerHandle], wire: Wire, backend: Settings, client: Client
) -> None:
    add_model(backend, "m")
    body = {"model": "m", "prompt": "@tokens=200000"}
    async with wire.session.post("/api/generate", json=body):  # its answer fills the buffers
        assert (await ask(wire, "/api/generate", "hi")).lines[-1]["done"] is True
    await hung_up(runners[0])
    await until(client, is_idle)
