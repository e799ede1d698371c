"""A GGUF file with its tensors in other types."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

from backend.conversion.ggml import FLOATS, convert
from backend.conversion.mixture import TARGETS, ordered, plan
from backend.conversion.output import Output, Part
from backend.conversion.source import SourceFile
from backend.errors import BadRequest
from backend.gguf.writer import PlannedTensor, uint32

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backend.gguf import Tensor

_QUANTIZATION_VERSION = 2  # GGML_QNT_VERSION of ggml.h
_DROPPED = frozenset(
    {
        *("general.quantization_version", "general.file_type", "general.alignment"),
        *("split.no", "split.count", "split.tensors.count"),
    }
)


def quantize(path: Path, target: str, output: Output) -> None:
    """Writes the file as llama.cpp's `llama-quantize` does: its metadata with the new file type, tensors by layer.

    Raises `BadRequest` for a model that is quantised already, `BadGGUF` for a damaged one, `ConversionFailed` for one
    with numbers that the types cannot express, and `StoreError`.
    """
    workers = len(os.sched_getaffinity(0))
    with SourceFile(path) as source, ThreadPoolExecutor(workers) as pool:
        gguf = source.gguf
        entries = [source.entry(key) for key in gguf.metadata if key not in _DROPPED]
        new = {
            "general.quantization_version": _QUANTIZATION_VERSION,
            "general.file_type": TARGETS[target].file_type,
        }
        parts = [
            Part(PlannedTensor(tensor.name, kind, tensor.shape), tensor.size, _convert(source, tensor, kind, pool))
            for tensor, kind in zip(ordered(gguf), plan(gguf, target), strict=True)
        ]
        output.write_gguf([*entries, *([uint32(key, value)] for key, value in new.items())], parts)


def _convert(source: SourceFile, tensor: Tensor, kind: str, pool: ThreadPoolExecutor) -> Iterator[bytes]:
    """The tensor's bytes in the type `kind`; never more than two pieces for each thread are in memory."""
    pieces = source.pieces(tensor.offset, tensor.size)  # whole blocks: `CHUNK` is a multiple of every block
    if kind == tensor.type_name:
        yield from pieces
        return
    if tensor.type_name not in FLOATS:
        raise BadRequest("quantization is only supported for F16, BF16 and F32 models")
    while batch := list(islice(pieces, 2 * len(os.sched_getaffinity(0)))):
        yield from pool.map(lambda piece: convert(piece, tensor.type_name, kind), batch)
