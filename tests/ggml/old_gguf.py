"""Writes a tiny real llama model in version 1 of GGUF, which llama.cpp does not read any more."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.ggml.files import BYTES, WORDS, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_UINT32, _INT32, _FLOAT32, _STRING, _ARRAY = 4, 5, 6, 8, 9
_TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q5_1": 7}
_EMBEDDING, _FORWARD, _LAYERS = 64, 96, 2
_TOKENS = ("<unk>", "<s>", "</s>", *(f"<0x{byte[0]:02X}>" for byte in BYTES), *(word.decode() for word in WORDS), "▁")
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6

METADATA: Mapping[str, object] = {
    "general.architecture": "llama",
    "general.name": "Old llama",
    "general.file_type": 1,
    "llama.context_length": 128,
    "llama.embedding_length": _EMBEDDING,
    "llama.block_count": _LAYERS,
    "llama.feed_forward_length": _FORWARD,
    "llama.rope.dimension_count": 16,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 4,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": [token.replace(" ", "▁") for token in _TOKENS],
    "tokenizer.ggml.scores": [-float(place) for place in range(len(_TOKENS))],
    "tokenizer.ggml.token_type": [
        _UNKNOWN if place == 0 else _CONTROL if place < 3 else _BYTE if place < 259 else _NORMAL
        for place in range(len(_TOKENS))
    ],
    "tokenizer.ggml.bos_token_id": 1,
    "tokenizer.ggml.eos_token_id": 2,
}


def old_gguf_bytes(
    metadata: Mapping[str, object] | None = None, *, version: int = 1, without: Sequence[str] = (), weights: str = "F16"
) -> bytes:
    """A whole file of about 270 kB. `metadata` is laid over `METADATA`; `None` takes a key out, `without` tensors."""
    merged = {key: value for key, value in {**METADATA, **(metadata or {})}.items() if value is not None}
    width = "<I" if version == 1 else "<Q"
    entries, data = b"", bytearray()
    tensors = {name: shape for name, shape in _tensors().items() if name not in without}
    for name, shape in tensors.items():
        kind = "F32" if len(shape) == 1 else weights
        entries += _text(name, width) + struct.pack("<I", len(shape))
        entries += b"".join(struct.pack(width, length) for length in shape)
        entries += struct.pack("<IQ", _TYPES[kind], len(data))
        data += numbers(name, shape, kind)
        data += bytes(-len(data) % 32)
    head = b"GGUF" + struct.pack("<I", version) + struct.pack(width, len(tensors)) + struct.pack(width, len(merged))
    head += b"".join(_text(key, width) + _value(value, width) for key, value in merged.items()) + entries
    return head + bytes(-len(head) % 32) + bytes(data)


def _tensors() -> dict[str, tuple[int, ...]]:
    embedding, vocabulary = _EMBEDDING, len(_TOKENS)
    tensors: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (embedding, vocabulary),
        "output_norm.weight": (embedding,),
        "output.weight": (embedding, vocabulary),
    }
    for layer in range(_LAYERS):
        tensors |= {f"blk.{layer}.{name}_norm.weight": (embedding,) for name in ("attn", "ffn")}
        tensors |= {f"blk.{layer}.attn_{name}.weight": (embedding, embedding) for name in ("q", "k", "v", "output")}
        tensors |= {f"blk.{layer}.ffn_{name}.weight": (embedding, _FORWARD) for name in ("gate", "up")}
        tensors[f"blk.{layer}.ffn_down.weight"] = (_FORWARD, embedding)
    return tensors


def _value(value: object, width: str) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", _STRING) + _text(value, width)
    if isinstance(value, int):
        return struct.pack("<II", _UINT32, value)
    if isinstance(value, float):
        return struct.pack("<If", _FLOAT32, value)
    assert isinstance(value, list)
    kind = _STRING if isinstance(value[0], str) else _INT32 if isinstance(value[0], int) else _FLOAT32
    letter = {_INT32: "<i", _FLOAT32: "<f"}.get(kind, "")
    items = b"".join(_text(item, width) if kind == _STRING else struct.pack(letter, item) for item in value)
    return struct.pack("<II", _ARRAY, kind) + struct.pack(width, len(value)) + items


def _text(content: str, width: str) -> bytes:
    data = content.encode()
    return struct.pack(width, len(data)) + data
