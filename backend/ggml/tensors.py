"""The tensors of a GGML file, each checked against the header."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.errors import BadGGML
from backend.gguf.model import Tensor
from backend.gguf.tables import FILE_TYPES, TENSOR_TYPES

if TYPE_CHECKING:
    from backend.ggml.layouts import Layout
    from backend.gguf.source import Source

_NAME_BYTES = 128
_ALIGNMENT = 32  # bytes, where tensors are aligned
_QUANTISATION_VERSION = 1000  # what a header's `ftype` counts it in
_CACHE_ELEMENTS = 1 << 31  # beyond, the engine's arithmetic overflows

# `ggml_ftype` of files without a version: number → (llama.cpp's nearest name, number of the weights' tensor type).
_GGML_FILE_TYPES = {
    0: ("F32", 0),
    1: ("F16", 1),
    2: ("Q4_0", 2),
    3: ("Q4_1", 3),
    7: ("Q8_0", 8),
    8: ("Q5_0", 6),
    9: ("Q5_1", 7),
    10: ("Q2_K", 10),
    11: ("Q3_K_S", 11),
    12: ("Q4_K_S", 12),
    13: ("Q5_K_S", 13),
    14: ("Q6_K", 14),
}
_LLAMA_FILE_TYPES = {0: "F32", **{number: name for number, name in FILE_TYPES.items() if number <= 18}}
_KNOWN_TYPES = frozenset({0, 1, 2, 3, 6, 7, 8, 10, 11, 12, 13, 14})  # of tensors in files with a version

# The blocks of these were laid out differently before (ggml's changes 1405 and 1508).
_SINCE_1 = frozenset({"Q5_0", "Q5_1"})
_PLAIN = frozenset({"F32", "F16"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The figures of a file's header; 0 for those that its family does not have."""

    vocab: int
    embd: int
    head: int
    layer: int
    ftype: int
    ctx: int = 0
    rot: int = 0
    mult: int = 0
    head_kv: int = 0
    size: int = 0
    merges: int = 0

    def check(self, family: str) -> None:
        """Raises `BadGGML` for figures that do not go together."""
        if self.embd % self.head or self.head % (self.head_kv or self.head):
            raise BadGGML("the header of the GGML file has a number of heads that does not divide the embedding")
        length = self.embd // self.head
        if self.rot > length or self.rot % 2 or length % 2 or (family == "llama" and self.rot != length):
            raise BadGGML(f"the header of the GGML file says rot = {self.rot}, which does not fit heads of {length}")
        if self.embd * self.layer * self.ctx >= _CACHE_ELEMENTS:
            raise BadGGML("the header of the GGML file asks for a larger cache than the engine can address")
        if family == "falcon" and self.size not in {7, 40}:
            raise BadGGML(f"falcon models have the size 7 or 40, this one says {self.size}")

    @property
    def sizes(self) -> dict[str, int]:
        """What the letters of a layout's shapes mean."""
        forward = 2 * (4 * self.embd) // 3
        multiple = self.mult or 1
        return {
            "E": self.embd,
            "V": self.vocab,
            "C": self.ctx,
            "F": -(-forward // multiple) * multiple,
            "Q": (2 * self.head_kv + self.head) * (self.embd // self.head),
        }


def file_type(header: Header, file_format: str, version: int) -> str:
    """The quantisation's name. Raises `BadGGML` for one that the engine does not run in this version."""
    if file_format == "ggml":
        generation, number = divmod(header.ftype, _QUANTISATION_VERSION)
        name = _GGML_FILE_TYPES.get(number, ("", 0))[0]
    else:
        generation = {"ggmf": 0, "ggjt": version - 1, "ggcc": 2}[file_format]
        name = _LLAMA_FILE_TYPES.get(header.ftype, "")
    if not name:
        raise BadGGML(f"the header of the GGML file says ftype = {header.ftype}, which is not known")
    if generation > 2:
        raise BadGGML(f"version {generation} of the quantisation is not known")
    if name not in _PLAIN and (generation == 0 or (generation == 1 and name not in _SINCE_1)):
        raise BadGGML(
            f"{name} was laid out differently when this file was written, and no engine reads that any more; "
            "use a newer file of the model"
        )
    return name


def read_tensors(source: Source, header: Header, layout: Layout, *, aligned: bool) -> tuple[Tensor, ...]:
    """The records up to the file's end, which are exactly those that the layout names. Raises `BadGGML`."""
    expected = _expected(header, layout)
    found: dict[str, Tensor] = {}
    while source.remaining:
        tensor = _read_tensor(source, aligned=aligned)
        if tensor.name not in expected:
            raise BadGGML(f"the GGML file has a tensor '{tensor.name[:80]}', which {layout.families[0]} does not know")
        if tensor.name in found:
            raise BadGGML(f"the GGML file has the tensor '{tensor.name}' twice")
        _check(tensor, *expected[tensor.name])
        found[tensor.name] = tensor
    if missing := [name for name in expected if name not in found and name not in layout.optional]:
        raise BadGGML(f"the GGML file is cut off or damaged: the tensor '{missing[0]}' is missing")
    return tuple(found.values())


def _expected(header: Header, layout: Layout) -> dict[str, tuple[tuple[int, ...], frozenset[str]]]:
    """The shape and the possible types of each tensor."""
    if layout.is_mixed:
        weights = frozenset(TENSOR_TYPES[number].name for number in _KNOWN_TYPES)
    else:
        _, number = _GGML_FILE_TYPES[header.ftype % _QUANTISATION_VERSION]
        weights = frozenset({TENSOR_TYPES[number].name})
    kinds = ((layout.weights, weights), (layout.vectors, frozenset({"F32"})))
    sizes = header.sizes
    return {
        name.format(layer): (_shape(shape, sizes), types)
        for shapes, types in kinds
        for name, shape in shapes.items()
        for layer in (range(header.layer) if "{}" in name else (0,))
    }


def _shape(text: str, sizes: dict[str, int]) -> tuple[int, ...]:
    return tuple(int(part[:-1] or 1) * sizes[part[-1]] for part in text.split())


def _check(tensor: Tensor, shape: tuple[int, ...], types: frozenset[str]) -> None:
    if tensor.shape != shape:
        raise BadGGML(f"the tensor '{tensor.name}' has the shape {tensor.shape}; by the header it is {shape}")
    if tensor.type_name not in types:
        raise BadGGML(
            f"the tensor '{tensor.name}' is of the type {tensor.type_name}, which does not go with the header"
        )


def _read_tensor(source: Source, *, aligned: bool) -> Tensor:
    dimensions, length, number = source.uint32(), source.uint32(), source.uint32()
    if dimensions not in {1, 2}:
        raise BadGGML(f"the GGML file has a tensor of {dimensions} dimensions at {source.position - 12}")
    if not 0 < length <= _NAME_BYTES:
        raise BadGGML(f"the GGML file has a tensor with a name of {length} bytes")
    if number not in _KNOWN_TYPES:
        raise BadGGML(f"the GGML file has a tensor of the unknown type {number}")
    shape = tuple(source.uint32() for _ in range(dimensions))
    name = source.take(length).decode("utf-8", "replace")
    kind = TENSOR_TYPES[number]
    if shape[0] % kind.block:
        raise BadGGML(f"the tensor '{name[:80]}' has rows of {shape[0]}, which is no multiple of {kind.block}")
    if aligned:
        source.skip(-source.position % _ALIGNMENT)
    offset, size = source.position, math.prod(shape) // kind.block * kind.size
    source.skip(size)
    return Tensor(name, kind.name, shape, offset, size)
