"""Writes tiny valid GGUF files: enough for everything that reads metadata and never runs the model."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# Element types of the GGUF specification.
UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY, UINT64, INT64, FLOAT64 = range(13)
_FORMATS = ["<B", "<b", "<H", "<h", "<I", "<i", "<f", "<?", "-", "-", "<Q", "<q", "<d"]

# Tensor types: name → (id, elements per block, bytes per block).
_TENSOR_TYPES = {"F32": (0, 1, 4), "F16": (1, 1, 2), "Q4_1": (3, 32, 20), "Q8_0": (8, 32, 34), "Q4_K": (12, 256, 144)}


@dataclass(frozen=True, slots=True)
class Typed:
    """A value with an element type that its Python type does not tell; `element` is the type within an array."""

    type: int
    value: object
    element: int = STRING


LLAMA: Mapping[str, object] = {
    "general.architecture": "llama",
    "general.name": "Tiny",
    "general.file_type": 3,
    "llama.context_length": 2048,
    "llama.embedding_length": 64,
    "llama.block_count": 2,
    "llama.feed_forward_length": 128,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.tokens": ["<|im_start|>", "<|im_end|>", *(f"t{i}" for i in range(62))],
    "tokenizer.ggml.scores": [0.0] * 64,
    "tokenizer.ggml.token_type": Typed(ARRAY, [1] * 64, INT32),
    "tokenizer.ggml.bos_token_id": 0,
    "tokenizer.ggml.eos_token_id": 1,
    "tokenizer.ggml.add_bos_token": False,
}
TENSORS: Mapping[str, tuple[str, Sequence[int]]] = {
    "token_embd.weight": ("Q4_1", (64, 64)),
    "blk.0.attn_norm.weight": ("F32", (64,)),
    "output_norm.weight": ("F32", (64,)),
}


def write_gguf(
    path: Path,
    metadata: Mapping[str, object] | None = None,
    tensors: Mapping[str, tuple[str, Sequence[int]]] | None = None,
) -> Path:
    """Writes a GGUF to `path` and returns it; see `gguf_bytes`."""
    path.write_bytes(gguf_bytes(metadata, tensors))
    return path


def gguf_bytes(
    metadata: Mapping[str, object] | None = None,
    tensors: Mapping[str, tuple[str, Sequence[int]]] | None = None,
    *,
    version: int = 3,
) -> bytes:
    """A file of about 4 kB that looks like a llama model. `metadata` is laid over `LLAMA`; `None` takes a key out.

    `tensors` maps a name to its type and shape, fastest dimension first; their data is zeros.
    """
    merged = {key: value for key, value in {**LLAMA, **(metadata or {})}.items() if value is not None}
    alignment = merged.get("general.alignment", 32)
    assert isinstance(alignment, int)
    entries, data = b"", b""
    table = TENSORS if tensors is None else tensors
    for name, (type_name, shape) in table.items():
        number, block, size = _TENSOR_TYPES[type_name]
        entries += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, number, len(data))
        elements = 1
        for length in shape:
            elements *= length
        data += _padded(bytes(elements // block * size), alignment)
    head = b"GGUF" + struct.pack("<IQQ", version, len(table), len(merged))
    head += b"".join(text(key) + value(item) for key, item in merged.items()) + entries
    return _padded(head, alignment) + data


def text(content: str | bytes) -> bytes:
    """A string of the format: its length in bytes, then its bytes."""
    data = content.encode() if isinstance(content, str) else content
    return struct.pack("<Q", len(data)) + data


def value(item: object) -> bytes:
    """A metadata value with its type in front: int is uint32 if it fits, float is float32, a list is an array."""
    typed = item if isinstance(item, Typed) else _typed(item)
    return struct.pack("<I", typed.type) + _body(typed)


def _typed(item: object) -> Typed:
    if isinstance(item, list):
        return Typed(ARRAY, item, _typed(item[0]).type if item else STRING)
    if isinstance(item, bool):
        return Typed(BOOL, item)
    if isinstance(item, int):
        return Typed(INT32 if item < 0 else UINT32 if item < 1 << 32 else UINT64, item)
    return Typed(FLOAT32 if isinstance(item, float) else STRING, item)


def _body(typed: Typed) -> bytes:
    if typed.type == ARRAY:
        assert isinstance(typed.value, list)
        items = b"".join(_body(Typed(typed.element, element)) for element in typed.value)
        return struct.pack("<IQ", typed.element, len(typed.value)) + items
    if typed.type == STRING:
        assert isinstance(typed.value, str | bytes)
        return text(typed.value)
    return struct.pack(_FORMATS[typed.type], typed.value)


def _padded(data: bytes, alignment: int) -> bytes:
    return data + bytes(-len(data) % alignment)
