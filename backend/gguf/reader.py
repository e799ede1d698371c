"""Reads the metadata and the tensor table of a GGUF file (versions 1 to 3, little-endian)."""

from __future__ import annotations

import math
import os
import struct
from typing import TYPE_CHECKING

from backend.errors import BadGGUF
from backend.files import open_regular
from backend.gguf.model import GGUF, SkippedArray, Tensor, Value
from backend.gguf.source import Source
from backend.gguf.tables import ARRAY, SCALARS, STRING, TENSOR_TYPES

if TYPE_CHECKING:
    from pathlib import Path

# Bounds on what one file may cost, far above any real model.
_KEYS = 16_384
_TENSORS = 65_536
_TEXT_BYTES = 16 << 20  # of all texts that are kept, together
_STRINGS = 4_194_304  # elements of string arrays, together
_ELEMENTS = 2_097_152  # elements of arrays that are kept, together; Gemma 4 has 1.3 million
_SHORT_ELEMENTS = 131_072  # the same where long arrays are skipped
_SHORT = 1024  # the longest array that is then kept: figures per layer, languages
_DIMENSIONS = 4
_INT64 = (1 << 63) - 1

# The fewest bytes that an entry of each table can take, its name's length aside.
_KEY_BYTES = 4 + 1
_TENSOR_BYTES = 4 + 4 + 8


def read(path: Path, *, arrays: bool = False) -> GGUF:
    """Reads and checks everything but the tensors' data, in time and memory bound by the bytes read.

    `arrays` asks for the long arrays too (tokens, merges, scores); otherwise they are `SkippedArray`s. Arrays that
    are longer than any real vocabulary are skipped in any case. Raises `BadGGUF` for a file that cannot be opened,
    is damaged, lies about its contents, or is cut off.
    """
    try:
        descriptor = open_regular(path)
    except OSError as error:
        raise BadGGUF(f"cannot open the GGUF file: {error.strerror}") from error
    try:
        return _Reader(Source(descriptor), arrays=arrays).read()
    except OSError as error:
        raise BadGGUF(f"cannot read the GGUF file: {error.strerror}") from error
    finally:
        os.close(descriptor)


class _Reader:
    """One reading of one file; counts what it keeps."""

    def __init__(self, source: Source, *, arrays: bool) -> None:
        self._source = source
        self._longest = _ELEMENTS if arrays else _SHORT
        self._text_left = _TEXT_BYTES
        self._strings_left = _STRINGS
        self._elements_left = _ELEMENTS if arrays else _SHORT_ELEMENTS

    def read(self) -> GGUF:
        source = self._source
        version = self._version()
        tensor_count = self._count("tensors", _TENSORS, _TENSOR_BYTES)
        key_count = self._count("metadata keys", _KEYS, _KEY_BYTES)
        metadata: dict[str, Value] = {}
        spans: dict[str, tuple[int, int]] = {}
        for _ in range(key_count):
            start = source.position
            key = self._text()
            if key in metadata:
                raise BadGGUF(f"the metadata key {key[:80]!r} appears twice")
            metadata[key] = self._value()
            spans[key] = start, source.position
        alignment = _alignment(metadata)
        table = [self._tensor(alignment) for _ in range(tensor_count)]
        data_offset = -(-source.position // alignment) * alignment
        tensors = tuple(
            Tensor(name, kind, shape, data_offset + offset, size) for name, kind, shape, offset, size in table
        )
        _check_places(tensors, source.size)
        count = sum(math.prod(tensor.shape) for tensor in tensors)
        return GGUF(version, metadata, tensors, data_offset, count, spans)

    def _version(self) -> int:
        if self._source.size < 8 or self._source.take(4) != b"GGUF":
            raise BadGGUF("the file is not in GGUF format")
        version = self._source.uint32()
        if version == 1:
            self._source.length_bytes = 4
        if version in {1, 2, 3}:
            return version
        if version & 0xFFFF == 0:
            raise BadGGUF("big-endian GGUF files are not supported")
        raise BadGGUF(f"GGUF version {version} is not supported")

    def _count(self, what: str, most: int, each: int) -> int:
        count = self._source.length()
        if count > most or count * (self._source.length_bytes + each) > self._source.remaining:
            raise BadGGUF(f"the GGUF file claims {count} {what}, more than it can hold")
        return count

    def _text(self) -> str:
        length = self._source.length()
        if self._text_left < length <= self._source.remaining:
            raise BadGGUF(f"the texts of the GGUF file take more than {_TEXT_BYTES} bytes")
        self._text_left -= length
        return self._source.take(length).decode("utf-8", "replace")

    def _value(self) -> Value:
        kind = self._source.uint32()
        if kind == STRING:
            return self._text()
        if kind == ARRAY:
            return self._array()
        value: int | float | bool = self._scalars(kind, 1)[0]
        return value

    def _array(self) -> Value:
        kind, length = self._source.uint32(), self._source.length()
        if kind == ARRAY:
            raise BadGGUF("arrays of arrays are not supported")
        name, each = (
            ("string", self._source.length_bytes)
            if kind == STRING
            else (_scalar(kind)[0], struct.calcsize(_scalar(kind)[1]))
        )
        if length * each > self._source.remaining:
            raise BadGGUF(f"the GGUF file claims an array of {length} elements, more than it can hold")
        if kind == STRING:
            self._strings_left -= length
            if self._strings_left < 0:
                raise BadGGUF(f"the arrays of the GGUF file have more than {_STRINGS} strings")
        if length <= min(self._longest, self._elements_left):
            self._elements_left -= length
            return [self._text() for _ in range(length)] if kind == STRING else self._scalars(kind, length)
        if kind == STRING:
            self._source.skip_strings(length)
        else:
            self._source.skip(length * each)
        return SkippedArray(name, length)

    def _scalars(self, kind: int, length: int) -> list[int] | list[float] | list[bool]:
        _, letter = _scalar(kind)
        return list(struct.unpack(f"<{length}{letter}", self._source.take(length * struct.calcsize(letter))))

    def _tensor(self, alignment: int) -> tuple[str, str, tuple[int, ...], int, int]:
        name = self._text()
        dimensions = self._source.uint32()
        if dimensions > _DIMENSIONS:
            raise BadGGUF(f"tensor {name[:80]!r} has {dimensions} dimensions")
        shape = tuple(self._source.length() for _ in range(dimensions))
        number, offset = self._source.uint32(), self._source.uint64()
        kind = TENSOR_TYPES.get(number)
        if kind is None:
            raise BadGGUF(f"tensor {name[:80]!r} has the unknown type {number}")
        elements = math.prod(shape)
        if max(shape, default=0) > _INT64 or elements > _INT64:
            raise BadGGUF(f"tensor {name[:80]!r} has the impossible shape {shape}")
        if (shape[0] if shape else 1) % kind.block:
            raise BadGGUF(f"tensor {name[:80]!r} has rows that {kind.name} blocks of {kind.block} do not fill")
        if offset % alignment:
            raise BadGGUF(f"tensor {name[:80]!r} is not aligned to {alignment} bytes")
        return name, kind.name, shape, offset, elements // kind.block * kind.size


def _scalar(kind: int) -> tuple[str, str]:
    if kind not in SCALARS:
        raise BadGGUF(f"the GGUF file has a value of the unknown type {kind}")
    return SCALARS[kind]


def _alignment(metadata: dict[str, Value]) -> int:
    alignment = metadata.get("general.alignment", 32)
    if type(alignment) is not int or alignment <= 0 or alignment & (alignment - 1):
        raise BadGGUF("general.alignment is not a power of two")
    return alignment


def _check_places(tensors: tuple[Tensor, ...], size: int) -> None:
    """Raises `BadGGUF` if two tensors have one name or share bytes, or if one lies beyond the file's end."""
    if len({tensor.name for tensor in tensors}) != len(tensors):
        raise BadGGUF("two tensors have the same name")
    end, before = 0, ""
    for tensor in sorted(tensors, key=lambda tensor: (tensor.offset, tensor.size)):
        if tensor.offset < end:
            raise BadGGUF(f"tensors {before[:80]!r} and {tensor.name[:80]!r} overlap")
        end, before = tensor.offset + tensor.size, tensor.name
        if end > size:
            raise BadGGUF(f"the GGUF file is cut off: {before[:80]!r} ends at {end}, but the file has {size} bytes")
