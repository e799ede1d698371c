"""A model as Hugging Face's libraries store it: safetensors files and JSON documents beside them."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from backend.errors import BadRequest
from backend.files import open_regular, read_bounded, read_exactly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_HEADER_LIMIT = 100_000_000  # bytes, the format's own limit
_DOCUMENT_LIMIT = 128 << 20
_TYPES = {"F32": 4, "F16": 2, "BF16": 2}  # bytes of an element
_DIMENSIONS = 4
_SMALLEST, _GREATEST = 1e-30, 1e30  # beyond any figure of a model, and floats of 32 bits hold them


class Document:
    """A JSON object of which only what is asked for is believed. `name` is for messages."""

    def __init__(self, name: str, values: object) -> None:
        if not isinstance(values, dict):
            raise BadRequest(f"{name} is not a JSON object")
        self.name = name
        self.values: dict[str, Any] = values

    def section(self, key: str) -> Document:
        """The object under the key; an empty one if it is absent or null."""
        return Document(f"{key[:80]} in {self.name}", self.values.get(key) or {})

    def integer(self, key: str, default: int | None = None) -> int:
        """Positive and less than 2³¹. Raises `BadRequest`, also if it is absent and has no default."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 31:
            raise BadRequest(f'{self.name} has no usable "{key}"')
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """Positive, neither so small nor so great that arithmetic overflows. Raises as `integer` does."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool) or not _SMALLEST <= value <= _GREATEST:
            raise BadRequest(f'{self.name} has no usable "{key}"')
        return float(value)

    def text(self, key: str) -> str:
        """Empty if it is absent or no text."""
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def list(self, key: str) -> list[Any]:
        """Empty if it is absent or no list."""
        value = self.values.get(key)
        return value if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """`kind` is F32, F16 or BF16, `shape` slowest dimension first, `offset` in bytes from the file's start."""

    kind: str
    shape: tuple[int, ...]
    offset: int
    size: int
    descriptor: int

    def read(self, offset: int, size: int) -> bytes:
        """Bytes of the tensor. Raises `StoreError`."""
        return read_exactly(self.descriptor, self.offset + offset, size)


class Checkpoint:
    """The files of a model by name; a context manager. Raises `BadRequest` for what cannot be understood."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files
        self._descriptors: list[int] = []

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._descriptors:
            os.close(descriptor)

    def has(self, name: str) -> bool:
        return name in self._files

    def document(self, name: str) -> Document:
        """The JSON document of that name; an empty one if there is none."""
        if name not in self._files:
            return Document(name, {})
        try:
            return Document(name, orjson.loads(self.read(name)))
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"{name} is not valid JSON: {error}") from error

    def read(self, name: str) -> bytes:
        """A document's bytes."""
        try:
            return read_bounded(self._files[name], _DOCUMENT_LIMIT)
        except OSError as error:
            raise BadRequest(f"cannot read {name}: {error.strerror}") from error

    def tensors(self) -> dict[str, StoredTensor]:
        """Every tensor of the safetensors files."""
        found: dict[str, StoredTensor] = {}
        for file, path in self._files.items():
            if not file.endswith(".safetensors") or "/" in file:
                continue
            for name, tensor in self._open(file, path):
                if name in found:
                    raise BadRequest(f"two safetensors files hold the tensor {name[:80]!r}")
                found[name] = tensor
        return found

    def _open(self, file: str, path: Path) -> Iterator[tuple[str, StoredTensor]]:
        """https://huggingface.co/docs/safetensors: the header's length, the header in JSON, the tensors' bytes."""
        try:
            descriptor = open_regular(path)
        except OSError as error:
            raise BadRequest(f"cannot open {file}: {error.strerror}") from error
        self._descriptors.append(descriptor)
        size = os.fstat(descriptor).st_size
        length = int.from_bytes(os.pread(descriptor, 8, 0), "little")
        if length > min(_HEADER_LIMIT, size - 8):
            raise BadRequest(f"{file} is not a safetensors file, or is cut off")
        try:
            header = Document(file, orjson.loads(read_exactly(descriptor, 8, length)))
        except orjson.JSONDecodeError:
            raise BadRequest(f"{file} is not a safetensors file") from None
        left = size - 8 - length
        for name in header.values:
            if name != "__metadata__":
                tensor = _tensor(header.section(name), 8 + length, size, descriptor)
                left -= tensor.size
                if left < 0:  # a small file could stand for more bytes than any disk has
                    raise BadRequest(f"{file} has tensors that share bytes")
                yield name, tensor


def _tensor(entry: Document, start: int, file_size: int, descriptor: int) -> StoredTensor:
    kind, shape, offsets = entry.text("dtype"), entry.list("shape"), entry.list("data_offsets")
    if kind not in _TYPES:
        raise BadRequest(f"{entry.name} has the type {kind[:20]!r}; F32, F16 and BF16 can be converted")
    sensible = all(type(number) is int and 0 <= number <= file_size for number in (*shape, *offsets)) and all(shape)
    if not sensible or len(offsets) != 2 or not 0 < len(shape) <= _DIMENSIONS:
        raise BadRequest(f"{entry.name} is described in a way that makes no sense")
    begin, end = offsets
    if end - begin != math.prod(shape) * _TYPES[kind] or start + end > file_size:
        raise BadRequest(f"{entry.name} has another size than its shape says, or the file is cut off")
    return StoredTensor(kind, tuple(shape), start + begin, end - begin, descriptor)
