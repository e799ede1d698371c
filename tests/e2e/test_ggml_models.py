"""Models of GGML files and of old GGUF, written here, created and asked as any other: real engine, real daemon."""

from __future__ import annotations

import subprocess
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from backend.client import Client
from backend.errors import BackendError
from backend.wire.ollama import ChatRequest, CreateRequest, EmbedRequest, GenerateRequest, Message
from tests.e2e.daemon import Daemon, daemon, upload
from tests.ggml.files import ggml_bytes
from tests.ggml.old_gguf import old_gguf_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    import openai

FILES = {"gpt2": ggml_bytes("gpt2", "Q4_0"), "llama": ggml_bytes("llama"), "gguf-v1": old_gguf_bytes()}
_OPTIONS: dict[str, Any] = {"temperature": 1, "top_k": 0, "top_p": 1, "num_predict": 12}


@pytest.fixture(scope="module")
def ggml_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with daemon(tmp_path_factory.mktemp("ggml")) as started:
        yield started


@pytest.fixture
async def client(ggml_daemon: Daemon) -> AsyncIterator[Client]:
    async with Client(ggml_daemon.settings) as client:
        yield client


@pytest.fixture(params=list(FILES))
async def model(request: pytest.FixtureRequest, client: Client, tmp_path: Path) -> str:
    """The name of a model of each kind."""
    await add(client, request.param, FILES[request.param], tmp_path)
    return str(request.param)


async def add(client: Client, name: str, content: bytes, folder: Path) -> str:
    path = folder / "model.bin"
    path.write_bytes(content)
    digest = await upload(client, path)
    async for _ in client.create(CreateRequest(model=name, files={path.name: digest})):
        pass
    return digest


async def said(client: Client, model: str, prompt: str = "the lake", **options: Any) -> str:
    request = GenerateRequest(model=model, prompt=prompt, options={**_OPTIONS, **options})
    return "".join([chunk.response async for chunk in client.generate(request)])


async def test_it_streams_and_says_what_it_is(client: Client, model: str) -> None:
    request = GenerateRequest(model=model, prompt="the lake", options={**_OPTIONS, "seed": 1})
    chunks = [chunk async for chunk in client.generate(request)]
    text = "".join(chunk.response for chunk in chunks)
    assert len(chunks) > 3
    assert chunks[-1].done_reason in {"stop", "length"}
    assert chunks[-1].eval_count
    assert text == await said(client, model, seed=1)
    assert text != await said(client, model, seed=2)
    running = next(each for each in await client.ps() if each.name.startswith(model))
    assert running.size > len(FILES[model])
    runner = next(each for each in await client.monitor.runners() if each.model.startswith(model))
    assert (runner.engine, runner.slots) == ("ctransformers", 1)


async def test_it_chats_and_stops_at_a_word(client: Client, model: str) -> None:
    request = ChatRequest(
        model=model, messages=[Message(role="user", content="hello")], options={**_OPTIONS, "seed": 7}
    )
    whole = "".join([chunk.message.content async for chunk in client.chat(request)])
    stop = whole[2:4]
    request.options["stop"] = [stop]
    assert "".join([chunk.message.content async for chunk in client.chat(request)]) == whole.partition(stop)[0]


async def test_the_clients_of_others_complete(ggml_daemon: Daemon, model: str) -> None:
    import openai

    with openai.OpenAI(base_url=f"{ggml_daemon.url}/v1", api_key="none", timeout=60, max_retries=0) as gpt:
        chunks = list(gpt.completions.create(model=model, prompt="the lake", stream=True, max_tokens=8, seed=3))
        assert len(chunks) > 2
        with pytest.raises(openai.BadRequestError, match="does not support format"):
            ask_for_json(gpt, model)


def ask_for_json(gpt: openai.OpenAI, model: str) -> None:
    messages: Any = [{"role": "user", "content": "hi"}]
    gpt.chat.completions.create(model=model, messages=messages, response_format={"type": "json_object"})


async def test_embeddings_where_the_family_has_them(client: Client, model: str) -> None:
    if model == "gpt2":
        with pytest.raises(BackendError, match="give no embeddings"):
            await client.embed(EmbedRequest(model=model, input="the lake"))
        return
    answer = await client.embed(EmbedRequest(model=model, input=["the lake", "salt"]))
    assert [float(np.linalg.norm(vector)) for vector in answer.embeddings] == [pytest.approx(1, abs=1e-4)] * 2


def test_puna_run_prints_the_reply(ggml_daemon: Daemon, model: str) -> None:
    command = [sys.executable, "-m", "tui", "run", model, "the lake"]
    done = subprocess.run(
        command,
        env={"PATH": "/usr/bin:/bin", **ggml_daemon.variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout) > 1


async def test_a_file_that_was_cut_kills_nothing_but_its_load(
    ggml_daemon: Daemon, client: Client, tmp_path: Path
) -> None:
    await add(client, "whole", FILES["llama"], tmp_path)
    digest = await add(client, "cut", ggml_bytes("llama", layer=1), tmp_path)
    blob = ggml_daemon.settings.models / "blobs" / digest.replace(":", "-")
    blob.write_bytes(blob.read_bytes()[:-1000])
    assert await said(client, "whole")
    with pytest.raises(BackendError, match=r"ends|cut"):
        await said(client, "cut")
    assert await said(client, "whole")


async def test_a_killed_runner_is_an_error_and_the_next_request_is_served(
    ggml_daemon: Daemon, client: Client, tmp_path: Path
) -> None:
    await add(client, "gpt2", FILES["gpt2"], tmp_path)
    request = GenerateRequest(model="gpt2", prompt="the", options={**_OPTIONS, "num_predict": 10**5, "seed": 5})
    async with aclosing(client.generate(request)) as chunks:
        await anext(chunks)
        for runner in ggml_daemon.runners():
            runner.kill()
        with pytest.raises(BackendError, match="model runner"):
            [chunk async for chunk in chunks]
    assert await said(client, "gpt2")
