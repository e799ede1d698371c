"""A real llama-server of the user's as the engine. Skipped where there is none: `LLAMA_SERVER` or the path names it."""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import TYPE_CHECKING

import psutil
import pytest

from backend.client import Client
from backend.errors import BackendError
from backend.wire.ollama import ChatRequest, EmbedRequest, GenerateRequest, Message
from backend.wire.workstation import LoadRequest
from tests.e2e.conftest import MODEL
from tests.e2e.daemon import Daemon, add_model, daemon
from tests.e2e.events import until
from tests.fakes.gguf_file import write_gguf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

BINARY = shutil.which(os.environ.get("LLAMA_SERVER", "llama-server"))
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(BINARY is None, reason="no llama-server in the path, and LLAMA_SERVER names none"),
]
GREEDY = {"temperature": 0, "num_predict": 8}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, real_daemon: Daemon) -> Iterator[Daemon]:
    """A daemon over the shared store whose models run in the user's binary."""
    variables = {"OLLAMA_MODELS": str(real_daemon.settings.models), "PUNA_LLAMA_SERVER": str(BINARY)}
    with daemon(tmp_path_factory.mktemp("own"), OLLAMA_NUM_PARALLEL="2", **variables) as started:
        yield started


@pytest.fixture
async def client(own: Daemon) -> AsyncIterator[Client]:
    async with Client(own.settings) as client:
        yield client


async def test_it_generates_chats_and_embeds_from_one_process(client: Client) -> None:
    question = GenerateRequest(model=MODEL, prompt="The capital of France is", raw=True, options=GREEDY)
    pieces = [piece async for piece in client.generate(question)]
    assert "Paris" in "".join(piece.response for piece in pieces)
    assert (pieces[-1].done_reason, pieces[-1].eval_count) == ("length", 8)
    chat = ChatRequest(model=MODEL, messages=[Message(role="user", content="Hi")], options=GREEDY)
    assert [piece async for piece in client.chat(chat)][-1].done
    (vector,) = (await client.embed(EmbedRequest(model=MODEL, input="Hi"))).embeddings
    assert len(vector) == 576
    (runner,) = await client.monitor.runners()
    assert (runner.engine, runner.engine_reason) == ("llama-server", "set by PUNA_LLAMA_SERVER")
    assert runner.engine_version


async def test_it_tells_its_memory_and_its_progress(client: Client) -> None:
    await client.monitor.unload_all()
    view = await client.monitor.load(LoadRequest(model=MODEL, options={"num_ctx": 1024, "use_mmap": False}))
    assert view.context_length == 1024
    snapshot = await until(client, lambda snapshot: bool(snapshot.runners and snapshot.runners[0].places))
    (runner,) = snapshot.runners
    assert runner.kv == 2 * 1024 * 23040  # two slots of K and V at 16 bits, 30 layers of 3 heads of 64
    assert runner.weights > 90_000_000


async def test_the_engine_can_be_forced_back(client: Client) -> None:
    view = await client.monitor.load(LoadRequest(model=MODEL, options={"engine": "llama.cpp"}))
    assert (view.engine, view.engine_reason) == ("llama.cpp", "set by the request")


async def test_its_own_words_tell_why_a_load_failed(client: Client, tmp_path: Path) -> None:
    await add_model(client, "hollow", write_gguf(tmp_path / "hollow.gguf"))
    with pytest.raises(BackendError, match="error loading model"):
        await client.load("hollow")
    await client.delete("hollow")


async def test_it_dies_with_the_daemon(client: Client, own: Daemon) -> None:
    view = await client.monitor.load(LoadRequest(model=MODEL, options={"num_ctx": 512}))
    assert view.engine == "llama-server"
    children = psutil.Process(own.process.pid).children()
    own.process.kill()
    gone, alive = await asyncio.to_thread(psutil.wait_procs, children, timeout=5)
    assert gone
    assert not alive
