"""Small real GGUF models with random weights, written by llama.cpp's own library, and what it reads back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gguf
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LAYERS = 8
WIDTH, HIDDEN, HEADS, KV_HEADS, TOKENS = 256, 512, 4, 2, 320
_TYPES = {"F32": 0, "F16": 1, "BF16": 32}


def tensors(width: int = WIDTH, layers: int = LAYERS) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """A llama's weights, the same at each call, in the shape that numpy gives them: slowest dimension first."""
    random = np.random.default_rng(7)
    head = width // HEADS
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (TOKENS, width), "output_norm.weight": (width,)}
    for layer in range(layers):
        shapes |= {
            f"blk.{layer}.attn_norm.weight": (width,),
            f"blk.{layer}.attn_q.weight": (width, width),
            f"blk.{layer}.attn_k.weight": (KV_HEADS * head, width),
            f"blk.{layer}.attn_v.weight": (KV_HEADS * head, width),
            f"blk.{layer}.attn_output.weight": (width, width),
            f"blk.{layer}.ffn_norm.weight": (width,),
            f"blk.{layer}.ffn_gate.weight": (HIDDEN, width),
            f"blk.{layer}.ffn_up.weight": (HIDDEN, width),
            f"blk.{layer}.ffn_down.weight": (width, HIDDEN),
        }
    return {name: random.normal(0, 0.1, shape).astype(np.float32) for name, shape in shapes.items()}


def write(
    path: Path,
    kind: str,
    weights: Mapping[str, np.ndarray[Any, Any]],
    split: tuple[int, int, int] | None = None,
) -> Path:
    """A GGUF of the type `kind` (F32, F16 or BF16); `split` is its number in a set, the set's files and tensors."""
    writer = gguf.GGUFWriter(path, "llama")
    if split is None or split[0] == 0:
        _describe(writer, kind)
    if split is not None:
        number, count, total = split
        writer.add_uint16("split.no", number)
        writer.add_uint16("split.count", count)
        writer.add_int32("split.tensors.count", total)
    for name, values in weights.items():
        if values.ndim == 1 or kind == "F32":
            writer.add_tensor(name, values)
        elif kind == "F16":
            writer.add_tensor(name, values.astype(np.float16))
        else:
            raw = gguf.GGMLQuantizationType.BF16
            writer.add_tensor(name, gguf.quants.quantize(values, raw), raw_dtype=raw)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def read(path: Path) -> gguf.GGUFReader:
    return gguf.GGUFReader(path)


def _describe(writer: gguf.GGUFWriter, kind: str) -> None:
    writer.add_name("Random")
    writer.add_file_type(_TYPES[kind])
    writer.add_context_length(256)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list([f"t{number}" for number in range(TOKENS)])
    writer.add_token_types([1] * TOKENS)
    writer.add_token_merges(["t 1"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
