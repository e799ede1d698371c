"""A real model, made F16 again, quantised by the daemon, loaded and asked (the specification's section F.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gguf
import numpy as np
import pytest

from backend.client import Client
from backend.conversion.output import Output, Part
from backend.conversion.source import SourceFile
from backend.gguf.writer import PlannedTensor, uint32
from backend.wire.ollama import ChatRequest, CreateRequest, Message
from tests.e2e.daemon import add_model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from backend.settings import Settings

pytestmark = [pytest.mark.real, pytest.mark.slow]


def widen(source: Path, target: Path) -> Path:
    """The model with all matrices as F16."""
    values = {tensor.name: tensor for tensor in gguf.GGUFReader(source).tensors}
    with SourceFile(source) as file, target.open("wb") as out:
        entries = [file.entry(key) for key in file.gguf.metadata if key != "general.file_type"]
        parts = []
        for tensor in file.gguf.tensors:
            read = values[tensor.name]
            floats = gguf.quants.dequantize(read.data, read.tensor_type)
            kind = "F32" if len(tensor.shape) == 1 else "F16"
            data = floats.astype(np.float32 if kind == "F32" else np.float16).tobytes()
            parts.append(Part(PlannedTensor(tensor.name, kind, tensor.shape), len(data), [data]))
        Output(out.fileno(), lambda _done, _total: None).write_gguf([*entries, [uint32("general.file_type", 1)]], parts)
    return target


@pytest.fixture
async def connected(real_backend: Settings, smollm2_gguf: Path, tmp_path: Path) -> AsyncIterator[Client]:
    """A client, and the model `wide` in F16."""
    async with Client(real_backend) as client:
        await add_model(client, "wide", widen(smollm2_gguf, tmp_path / "wide.gguf"))
        yield client
        await client.delete("wide")


async def answer(client: Client, model: str) -> str:
    messages = [Message(role="user", content="What is the capital of France?")]
    options = {"temperature": 0, "seed": 1, "num_predict": 24}
    request = ChatRequest(model=model, messages=messages, options=options)
    return "".join([piece.message.content async for piece in client.chat(request)])


@pytest.mark.parametrize("target", ["Q8_0", "Q4_K_M", "Q4_K_S"])
async def test_the_engine_loads_what_was_quantised_and_answers(connected: Client, target: str) -> None:
    request = CreateRequest(model="narrow", from_="wide", quantize=target)
    statuses = [step.status async for step in connected.create(request)]
    assert f"quantizing F16 model to {target}" in statuses
    shown = await connected.show("narrow")
    assert shown.details.quantization_level == target
    assert "Paris" in await answer(connected, "narrow")
    await connected.delete("narrow")
