"""Safetensors models through a real daemon, loaded by the real engine (the specification's section F.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import pytest

from backend.store import ModelName, Store
from backend.wire.ollama import CreateRequest
from tests.conversion.folder import QWEN2, SMOLLM, files_in, save, stored_name, tokenizer, write_json
from tests.conversion.weights import HEADS, HIDDEN, KV_HEADS, WIDTH, tensors
from tests.e2e.daemon import add_model, upload
from tests.e2e.wide import answer, fields, widen, write_folder
from tests.models import qwen, smollm2

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from backend.client import Client
    from backend.settings import Settings

pytestmark = pytest.mark.real

# Of the original's metadata, what no document of a folder tells.
_UNTOLD = ("general.", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.add_space_prefix")


async def uploaded(client: Client, folder: Path) -> dict[str, str]:
    return {file: await upload(client, path) for file, path in files_in(folder).items()}


async def create(client: Client, name: str, folder: Path, **more: Any) -> list[str]:
    request = CreateRequest(model=name, files=await uploaded(client, folder), **more)
    return [step.status async for step in client.create(request)]


@pytest.mark.parametrize(("architecture", "cut"), [("llama", SMOLLM), ("qwen2", QWEN2)])
async def test_the_engine_loads_a_tiny_model(real: Client, tmp_path: Path, architecture: str, cut: object) -> None:
    weights = tensors(layers=2)
    save(tmp_path / "model.safetensors", {stored_name(name): values for name, values in weights.items()})
    tokens = ["<s>", "</s>", *(chr(code) for code in range(33, 127)), "Ġ", "Ċ"]
    write_json(
        tmp_path,
        config={
            "architectures": [f"{architecture.capitalize()}ForCausalLM"],
            "hidden_size": WIDTH,
            "intermediate_size": HIDDEN,
            "num_attention_heads": HEADS,
            "num_key_value_heads": KV_HEADS,
            "num_hidden_layers": 2,
            "max_position_embeddings": 512,
        },
        tokenizer=tokenizer(tokens, [], ["<s>", "</s>"], cut),
        tokenizer_config={"bos_token": "<s>", "eos_token": "</s>"},
    )
    assert (await create(real, "tiny", tmp_path, quantize="Q8_0"))[-1] == "success"
    shown = await real.show("tiny")
    assert (shown.details.family, shown.details.quantization_level) == (architecture, "Q8_0")
    plain = await answer(real, "tiny")
    await real.delete("tiny")
    assert plain


async def test_the_engine_applies_a_converted_adapter(real: Client, tmp_path: Path) -> None:
    """An adapter that upsets one layer of SmolLM2 changes what it says."""
    layer = (await real.show("smollm2")).model_info["llama.block_count"] // 2
    width = (await real.show("smollm2")).model_info["llama.embedding_length"]
    random = np.random.default_rng(5)
    prefix = f"base_model.model.model.layers.{layer}.self_attn.q_proj.lora_"
    low, high = (random.normal(0, 1, shape).astype(np.float32) for shape in ((4, width), (width, 4)))
    save(tmp_path / "adapter_model.safetensors", {f"{prefix}A.weight": low, f"{prefix}B.weight": high}, "F32")
    write_json(tmp_path, adapter_config={"r": 4, "lora_alpha": 4096})
    digests = await uploaded(real, tmp_path)
    request = CreateRequest(model="tuned", from_="smollm2", adapters=digests)
    assert "converting adapter" in [step.status async for step in real.create(request)]
    assert await answer(real, "tuned") != await answer(real, "smollm2")
    await real.delete("tuned")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("weights", [smollm2, qwen])
async def test_the_way_to_safetensors_and_back_changes_nothing(
    real: Client, real_backend: Settings, tmp_path: Path, weights: Callable[[], Path]
) -> None:
    wide = widen(weights(), tmp_path / "wide.gguf")
    folder = tmp_path / "folder"
    folder.mkdir()
    write_folder(wide, folder)
    await add_model(real, "wide", wide)
    await create(real, "back", folder)
    back = Store(real_backend.models).get(ModelName("back")).weights
    before, after = ({tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors} for path in (wide, back))
    assert after.keys() == before.keys()
    for name, tensor in after.items():
        assert tensor.tensor_type == before[name].tensor_type
        assert tensor.data.tobytes() == before[name].data.tobytes()
    said, original = fields(back), fields(wide)
    told = [key for key in original if not key.startswith(_UNTOLD)]
    assert {key: said.get(key) for key in told} == {key: original[key] for key in told}
    assert await answer(real, "back") == await answer(real, "wide")
    await real.delete("wide")
    await real.delete("back")
