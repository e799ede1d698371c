"""Folders as Hugging Face's libraries store models, written by `safetensors` itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import safetensors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

Array = np.ndarray[Any, np.dtype[np.float32]]

SMOLLM = {
    "type": "Sequence",
    "pretokenizers": [
        {"type": "Digits", "individual_digits": True},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    ],
}
_QWEN2_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = {
    "type": "Sequence",
    "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": _QWEN2_WORDS}, "behavior": "Isolated", "invert": False},
        {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False},
    ],
}
_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_WHOLE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


def stored_name(name: str) -> str:
    """Hugging Face's name for llama.cpp's."""
    *place, kind = name.split(".")
    if len(place) == 1:
        return f"{_WHOLE[place[0]]}.{kind}"
    return f"model.layers.{place[1]}.{_NAMES[place[2]]}.{kind}"


def halves(values: Array, heads: int) -> Array:
    """A llama's queries or keys in Hugging Face's order of rows, from llama.cpp's."""
    rows = values.shape[0]
    return values.reshape(heads, rows // heads // 2, 2, -1).swapaxes(1, 2).reshape(values.shape)


def save(path: Path, tensors: Mapping[str, Array], kind: str = "F16") -> Path:
    """Arrays as a safetensors file of the type F32, F16 or BF16."""
    number = gguf.GGMLQuantizationType[kind]
    stored = {name: gguf.quants.quantize(values, number) for name, values in tensors.items()}  # kept for the pointers
    described = {
        name: safetensors.TensorSpec(
            dtype={"F32": "float32", "F16": "float16", "BF16": "bfloat16"}[kind],
            shape=list(tensors[name].shape),
            data_ptr=data.ctypes.data,
            data_len=data.nbytes,
        )
        for name, data in stored.items()
    }
    safetensors.serialize_file(described, str(path))
    return path


def tokenizer(
    tokens: Iterable[str],
    merges: Iterable[str],
    special: Collection[str],
    cut: object,
    *,
    plain: Collection[str] = (),
    absent: Collection[str] = (),
) -> dict[str, Any]:
    """A `tokenizer.json` of the kind that joins bytes. `special` and `plain` tokens are added to the vocabulary."""
    ids = {token: number for number, token in enumerate(tokens)}
    apart = {*special, *plain, *absent}
    vocabulary = {token: number for token, number in ids.items() if token not in apart}
    added = [
        {"id": ids[token], "content": token, "special": kind is special} for kind in (special, plain) for token in kind
    ]
    return {
        "added_tokens": added,
        "pre_tokenizer": cut,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": [merge.split(" ") for merge in merges]},
    }


def write_json(folder: Path, **documents: object) -> None:
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document))


def files_in(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in sorted(folder.iterdir())}
