"""Real models made F16 again, as a GGUF file and as a folder of Hugging Face's libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gguf
import numpy as np

from backend.conversion.output import Output, Part
from backend.conversion.source import SourceFile
from backend.gguf.writer import PlannedTensor, uint32
from backend.wire.ollama import ChatRequest, Message
from tests.conversion.folder import QWEN2, SMOLLM, Array, halves, save, stored_name, tokenizer, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from backend.client import Client

_ARCHITECTURES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM"}
_CONTROL, _USER_DEFINED, _UNUSED = 3, 4, 5  # token types of llama.h


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


def fields(path: Path) -> dict[str, Any]:
    """The metadata as llama.cpp's library reads it."""
    read = gguf.GGUFReader(path).fields
    return {name: field.contents() for name, field in read.items() if not name.startswith("GGUF.")}


def write_folder(wide: Path, folder: Path) -> None:
    """The wide GGUF `wide` as safetensors and documents: the way back from a conversion."""
    said = fields(wide)
    name = said["general.architecture"]
    heads, kv_heads = said[f"{name}.attention.head_count"], said[f"{name}.attention.head_count_kv"]
    matrices: dict[str, Array] = {}
    vectors: dict[str, Array] = {}
    for tensor in gguf.GGUFReader(wide).tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        if name == "llama" and "attn_q." in tensor.name:
            values = halves(values, heads)
        if name == "llama" and "attn_k." in tensor.name:
            values = halves(values, kv_heads)
        (vectors if values.ndim == 1 else matrices)[stored_name(tensor.name)] = np.ascontiguousarray(values)
    save(folder / "model-1.safetensors", matrices, "F16")
    save(folder / "model-2.safetensors", vectors, "F32")
    tokens, types = said["tokenizer.ggml.tokens"], said["tokenizer.ggml.token_type"]
    special, plain, absent = (
        [token for token, kind in zip(tokens, types, strict=True) if kind == wanted]
        for wanted in (_CONTROL, _USER_DEFINED, _UNUSED)
    )
    cut = QWEN2 if said["tokenizer.ggml.pre"] == "qwen2" else SMOLLM
    roles = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}
    known = {role: said.get(f"tokenizer.ggml.{key}_token_id") for role, key in roles.items()}
    write_json(
        folder,
        config={
            "architectures": [_ARCHITECTURES[name]],
            "hidden_size": said[f"{name}.embedding_length"],
            "intermediate_size": said[f"{name}.feed_forward_length"],
            "num_attention_heads": heads,
            "num_key_value_heads": kv_heads,
            "num_hidden_layers": said[f"{name}.block_count"],
            "max_position_embeddings": said[f"{name}.context_length"],
            "rms_norm_eps": said[f"{name}.attention.layer_norm_rms_epsilon"],
            "rope_theta": said[f"{name}.rope.freq_base"],
        },
        tokenizer=tokenizer(tokens, said["tokenizer.ggml.merges"], special, cut, plain=plain, absent=absent),
        tokenizer_config={
            **{f"{role}_token": tokens[number] for role, number in known.items() if number is not None},
            "add_bos_token": said.get("tokenizer.ggml.add_bos_token", False),
            "chat_template": said["tokenizer.chat_template"],
        },
    )


async def answer(client: Client, model: str) -> str:
    """The most likely answer to a simple question."""
    messages = [Message(role="user", content="What is the capital of France?")]
    options = {"temperature": 0, "seed": 1, "num_predict": 24}
    request = ChatRequest(model=model, messages=messages, options=options)
    return "".join([piece.message.content async for piece in client.chat(request)])
