"""Which engine serves a model, asked for over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.app import running
from backend.client import Client
from backend.errors import BadRequest, NotFound, SettingsError
from backend.settings import load
from backend.wire.ollama import CreateRequest, GenerateRequest
from backend.wire.workstation import LoadRequest
from tests.fakes.backend import add_model, add_weights, environment
from tests.fakes.gguf_file import TENSORS, write_gguf
from tests.fakes.llama_server import VERSION, write_binary

if TYPE_CHECKING:
    from pathlib import Path

    from backend.settings import Settings


def add_old_fashioned(settings: Settings, folder: Path, name: str) -> None:
    """A GGUF that ctransformers could run as well."""
    tensors = {**TENSORS, "output.weight": ("Q4_1", (64, 64))}
    add_weights(settings, name, write_gguf(folder / "old.gguf", {"tokenizer.ggml.model": "llama"}, tensors))


async def test_the_engine_and_the_reason_are_told(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    view = await client.monitor.load(LoadRequest(model="m"))
    assert (view.engine, view.engine_reason) == ("llama.cpp", "reads GGUF files")


async def test_a_request_can_force_another_engine(client: Client, backend: Settings, tmp_path: Path) -> None:
    add_old_fashioned(backend, tmp_path, "m")
    first = await client.monitor.load(LoadRequest(model="m"))
    second = await client.monitor.load(LoadRequest(model="m", options={"engine": "ctransformers"}))
    assert (second.engine, second.engine_reason) == ("ctransformers", "set by the request")
    assert first.id != second.id
    await client.load("m", {"engine": "ctransformers"})
    assert [runner.id for runner in await client.monitor.runners()] == [second.id]


async def test_a_model_can_force_an_engine(client: Client, backend: Settings, tmp_path: Path) -> None:
    add_old_fashioned(backend, tmp_path, "base")
    request = CreateRequest(model="m", from_="base", parameters={"engine": "ctransformers"})
    assert [line.status async for line in client.create(request)][-1] == "success"
    view = await client.monitor.load(LoadRequest(model="m"))
    assert (view.engine, view.engine_reason) == ("ctransformers", "set by the model")
    assert "PARAMETER engine ctransformers" in (await client.show("m")).modelfile


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        ("ctransformers", "SentencePiece"),
        ("llama-server", "set PUNA_LLAMA_SERVER"),
        ("vllm", "the engines are auto, llama.cpp"),
    ],
)
async def test_what_cannot_be_is_refused(client: Client, backend: Settings, engine: str, message: str) -> None:
    add_model(backend, "m")
    with pytest.raises(BadRequest, match=message):
        await client.load("m", {"engine": engine})
    assert await client.monitor.runners() == []


async def test_the_engines_that_are_there_are_listed(client: Client) -> None:
    engines = {engine.name: engine for engine in await client.monitor.engines()}
    assert engines["llama.cpp"].distribution == "xllamacpp"
    assert engines["llama.cpp"].version
    assert "llama-server" not in engines


async def test_which_engine_will_run_a_model_is_told(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    told = await client.monitor.engine_of("m")
    assert (told.engine, told.reason) == ("llama.cpp", "reads GGUF files")
    add_model(backend, "n", parameters={"engine": "ctransformers"})
    told = await client.monitor.engine_of("n")
    assert told.engine == ""
    assert 'engine "ctransformers" cannot run this model' in told.reason
    with pytest.raises(NotFound):
        await client.monitor.engine_of("nobody")


async def test_the_users_llama_server_runs_gguf_files(tmp_path: Path) -> None:
    binary = write_binary(tmp_path, devices="Available devices:\n  (none)\n")
    settings = load(environment(tmp_path, PUNA_LLAMA_SERVER=str(binary)))
    async with running(settings), Client(settings) as client:
        add_model(settings, "m")
        view = await client.monitor.load(LoadRequest(model="m"))
        assert (view.engine, view.engine_version) == ("llama-server", VERSION)
        assert view.engine_reason == "set by PUNA_LLAMA_SERVER"
        told = await client.monitor.engine_of("m")
        assert (told.engine, told.version) == ("llama-server", VERSION)
        (server,) = [engine for engine in await client.monitor.engines() if engine.name == "llama-server"]
        assert (server.path, server.version) == (str(binary), VERSION)
        request = GenerateRequest(model="m", prompt="«one two»")
        assert "".join([piece.response async for piece in client.generate(request)]) == "one two"


async def test_a_llama_server_that_cannot_be_used_keeps_the_backend_from_starting(tmp_path: Path) -> None:
    settings = load(environment(tmp_path, PUNA_LLAMA_SERVER=str(tmp_path / "nowhere")))
    with pytest.raises(SettingsError, match="nowhere, which cannot be run"):
        async with running(settings):
            pass
    assert not settings.models.exists()
