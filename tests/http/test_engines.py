"""Which engine serves a model, asked for over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.errors import BadRequest
from backend.wire.ollama import CreateRequest
from backend.wire.workstation import LoadRequest
from tests.fakes.backend import add_model, add_weights
from tests.fakes.gguf_file import TENSORS, write_gguf

if TYPE_CHECKING:
    from pathlib import Path

    from backend.client import Client
    from backend.settings import Settings


def add_old_fashioned(settings: Settings, folder: Path, name: str) -> None:
    """A GGUF that ctransformers could run as well."""
    tensors = {**TENSORS, "output.weight": ("Q4_1", (64, 64))}
    add_weights(settings, name, write_gguf(folder / "old.gguf", {"tokenizer.ggml.model": "llama"}, tensors))


async def test_the_engine_and_the_reason_are_told(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    view = await client.monitor.load(LoadRequest(model="m"))
    assert (view.engine, view.engine_reason) == ("llama.cpp", "it reads GGUF files")


async def test_a_request_can_force_another_engine(client: Client, backend: Settings, tmp_path: Path) -> None:
    add_old_fashioned(backend, tmp_path, "m")
    first = await client.monitor.load(LoadRequest(model="m"))
    second = await client.monitor.load(LoadRequest(model="m", options={"engine": "ctransformers"}))
    assert (second.engine, second.engine_reason) == ("ctransformers", "the request asks for it")
    assert first.id != second.id
    await client.load("m", {"engine": "ctransformers"})
    assert [runner.id for runner in await client.monitor.runners()] == [second.id]


async def test_a_model_can_force_an_engine(client: Client, backend: Settings, tmp_path: Path) -> None:
    add_old_fashioned(backend, tmp_path, "base")
    request = CreateRequest(model="m", from_="base", parameters={"engine": "ctransformers"})
    assert [line.status async for line in client.create(request)][-1] == "success"
    view = await client.monitor.load(LoadRequest(model="m"))
    assert (view.engine, view.engine_reason) == ("ctransformers", "the model's parameters say so")
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
