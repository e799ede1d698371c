"""The pieces of a GGUF file, version 3 (ggml's `docs/gguf.md`): head, metadata entries and tensor table."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.gguf.tables import TENSOR_NUMBERS, TENSOR_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

ALIGNMENT = 32  # bytes, the format's default
_VERSION = 3
_UINT32 = 4


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
    """A metadata entry."""
    return _text(key) + struct.pack("<II", _UINT32, value)


def _text(content: str) -> bytes:
    data = content.encode()
    return struct.pack("<Q", len(data)) + data
