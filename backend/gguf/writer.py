"""The pieces of a GGUF file, version 3 (ggml's `docs/gguf.md`): head, metadata entries and tensor table."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.gguf.tables import ARRAY, STRING, TENSOR_NUMBERS, TENSOR_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

ALIGNMENT = 32  # bytes, the format's default
_VERSION = 3
_UINT32, _INT32, _FLOAT32, _BOOL = 4, 5, 6, 7


@dataclass(frozen=True, slots=True)
class PlannedTensor:
    """A tensor of a file to be written; `shape` as in the file (fastest dimension first)."""

    name: str
    type_name: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """In bytes."""
        kind = TENSOR_TYPES[TENSOR_NUMBERS[self.type_name]]
        return math.prod(self.shape) // kind.block * kind.size


def file_head(tensors: int, entries: int) -> bytes:
    """What a file begins with. The metadata entries follow, the tensor table, `padding`, and the tensors' bytes."""
    return b"GGUF" + struct.pack("<IQQ", _VERSION, tensors, entries)


def tensor_table(tensors: Sequence[PlannedTensor]) -> bytes:
    """The table of tensors whose bytes follow in this order, each with its `padding`."""
    table, offset = bytearray(), 0
    for tensor in tensors:
        dimensions = len(tensor.shape)
        table += _text(tensor.name) + struct.pack(f"<I{dimensions}Q", dimensions, *tensor.shape)
        table += struct.pack("<IQ", TENSOR_NUMBERS[tensor.type_name], offset)
        offset += tensor.size + len(padding(tensor.size))
    return bytes(table)


def padding(size: int) -> bytes:
    """The zeros after `size` bytes."""
    return bytes(-size % ALIGNMENT)


def uint32(key: str, value: int) -> bytes:
    """A metadata entry, as the functions below."""
    return _text(key) + struct.pack("<II", _UINT32, value)


def float32(key: str, value: float) -> bytes:
    return _text(key) + struct.pack("<If", _FLOAT32, value)


def boolean(key: str, value: bool) -> bytes:
    return _text(key) + struct.pack("<I?", _BOOL, value)


def text(key: str, value: str) -> bytes:
    return _text(key) + struct.pack("<I", STRING) + _text(value)


def texts(key: str, values: Sequence[str]) -> bytes:
    return _array(key, STRING, len(values)) + b"".join(_text(value) for value in values)


def int32s(key: str, values: Sequence[int]) -> bytes:
    return _array(key, _INT32, len(values)) + struct.pack(f"<{len(values)}i", *values)


def float32s(key: str, values: Sequence[float]) -> bytes:
    return _array(key, _FLOAT32, len(values)) + struct.pack(f"<{len(values)}f", *values)


def _array(key: str, element: int, length: int) -> bytes:
    return _text(key) + struct.pack("<IIQ", ARRAY, element, length)


def _text(content: str) -> bytes:
    data = content.encode("utf-8", "replace")
    return struct.pack("<Q", len(data)) + data
