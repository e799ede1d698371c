"""Writes tiny real model files in the formats before GGUF: whole models of a few layers that the engine runs.

The numbers are random but always the same, so what a model says is nonsense that can be compared.
"""

from __future__ import annotations

import math
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from backend.ggml.layouts import FALCON_7B, FALCON_40B, GPT2, GPT_NEOX, GPTJ, LLAMA, MPT, REPLIT, Layout
from backend.ggml.tensors import Header

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LAYOUTS: Mapping[str, Layout] = {
    "gpt2": GPT2,
    "starcoder": GPT2,
    "gptj": GPTJ,
    "gpt_neox": GPT_NEOX,
    "dolly-v2": GPT_NEOX,
    "mpt": MPT,
    "replit": REPLIT,
    "llama": LLAMA,
    "falcon": FALCON_7B,
    "falcon-40b": FALCON_40B,
}
END = b"<|endoftext|>"
BYTES = tuple(bytes([number]) for number in range(256))
WORDS = (b" the", b" of", b" lake", b" flamingo", b" salt")
# Numbers of tensor types, and of file types by magic: the unversioned counts quantisation versions in thousands.
_TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q5_1": 7}
_FILE_TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q5_1": 9}
_FIGURES = {"ctx": 128, "embd": 64, "head": 4, "layer": 2, "rot": 16, "parallel": 1, "mult": 32, "head_kv": 1}
_MAGICS = {"ggml": b"lmgg", "ggmf": b"fmgg", "ggjt": b"tjgg", "ggcc": b"ccgg"}
_ALIBI = struct.unpack("<I", struct.pack("<f", 8.0))[0]


def ggml_bytes(
    family: str,
    file_type: str = "F16",
    *,
    file_format: str = "",
    version: int = 0,
    tokens: Sequence[bytes] | None = None,
    **figures: int,
) -> bytes:
    """A whole file of 100 to 400 kB. `figures` go over the header's, such as `layer=1` or `ctx=32`.

    `file_format` and `version` are those that the family's files have last had, unless given.
    """
    layout = LAYOUTS[family]
    kind, number = (file_format, version) if file_format else _last_format(family)
    vocabulary = vocabulary_of(family) if tokens is None else tokens
    ftype = _FILE_TYPES[file_type] + (2000 if kind == "ggml" and file_type[0] == "Q" else 0)
    size = 40 if layout is FALCON_40B else 7
    values = {**_FIGURES, "vocab": len(vocabulary), "ftype": ftype, "size": size, "merges": 1}
    values |= {"alibi": _ALIBI, "clip": 0, **figures}
    head = _MAGICS[kind] + (struct.pack("<I", number) if number else b"")
    head += struct.pack(f"<{len(layout.header)}I", *(values[name] for name in layout.header))
    if layout.repeats_vocabulary_size:
        head += struct.pack("<I", values["vocab"])
    for place, token in enumerate(vocabulary):
        head += _text(token) + (struct.pack("<f", -float(place)) if layout.has_scores else b"")
    if "merges" in layout.header:
        head += struct.pack("<I", 1) + _text(b"a") + _text(b"b")
    fields = [name for name in Header.__dataclass_fields__ if name in layout.header]
    header = Header(**{name: values[name] for name in fields})
    return _with_tensors(head, layout, header, file_type, aligned=kind in {"ggjt", "ggcc"})


def vocabulary_of(family: str) -> tuple[bytes, ...]:
    """All bytes and a few words, and the marks that a family's files have."""
    if family == "llama":
        return (b"<unk>", b"<s>", b"</s>", *BYTES, *WORDS, b" ")
    if family == "starcoder":
        return (END, b"<fim_prefix>", b"<fim_middle>", b"<fim_suffix>", *BYTES, *WORDS)
    if family == "dolly-v2":
        return (END, *BYTES, *WORDS, b"### End", b"### Instruction:", b"### Response:")
    if family == "mpt":
        return (*(chr(number).encode() for number in range(256)), *WORDS, END)
    if family == "replit":
        return (*BYTES, *WORDS, "\u2581".encode(), END)
    if family.startswith("falcon"):
        return (*(f">>{number}<<".encode() for number in range(11)), END, *BYTES, *WORDS)
    return (*BYTES, *WORDS, END)


def numbers(name: str, shape: Sequence[int], type_name: str) -> bytes:
    """A tensor's data: gains of norms are 1, biases 0, weights random, the same for the same name."""
    count = math.prod(shape)
    random = np.random.default_rng(zlib.crc32(name.encode()))
    if type_name == "Q4_0":
        blocks = random.integers(0, 256, (count // 32, 16), dtype=np.uint8)
        scales = np.full((count // 32, 1), 0.05, np.float16).view(np.uint8)
        return np.hstack([scales, blocks]).tobytes()
    if type_name == "Q5_1":
        blocks = random.integers(0, 256, (count // 32, 20), dtype=np.uint8)
        scales = np.tile(np.array([0.03, -0.5], np.float16).view(np.uint8), (count // 32, 1))
        return np.hstack([scales, blocks]).tobytes()
    if "norm" in name or "ln_" in name or name.endswith(("/b", "bias")):
        values = np.full(count, 0.0 if name.endswith(("b", "bias")) else 1.0)
    else:
        values = random.normal(0, 0.25, count)
    return values.astype(np.float16 if type_name == "F16" else np.float32).tobytes()


def _last_format(family: str) -> tuple[str, int]:
    if family == "llama":
        return "ggjt", 3
    return ("ggcc", 10) if family.startswith("falcon") else ("ggml", 0)


def _with_tensors(head: bytes, layout: Layout, header: Header, file_type: str, *, aligned: bool) -> bytes:
    content = bytearray(head)
    for shapes, type_name in ((layout.weights, file_type), (layout.vectors, "F32")):
        for template, text in shapes.items():
            shape = [int(part[:-1] or 1) * header.sizes[part[-1]] for part in text.split()]
            for layer in range(header.layer) if "{}" in template else (0,):
                if template not in layout.optional:
                    content += _tensor(template.format(layer), shape, type_name, len(content) if aligned else None)
    return bytes(content)


def _tensor(name: str, shape: Sequence[int], type_name: str, offset: int | None) -> bytes:
    head = struct.pack(f"<{3 + len(shape)}I", len(shape), len(name), _TYPES[type_name], *shape) + name.encode()
    padding = b"" if offset is None else bytes(-(offset + len(head)) % 32)
    return head + padding + numbers(name, shape, type_name)


def _text(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data
