"""A split GGUF set as one file."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from backend.conversion.output import Output, Part
from backend.conversion.source import SourceFile
from backend.errors import BadGGUF
from backend.gguf.writer import PlannedTensor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_DROPPED = frozenset({"general.alignment", "split.no", "split.count", "split.tensors.count"})


def merge(paths: Sequence[Path], output: Output) -> None:
    """Writes the metadata of the first file and the tensors of all, in their order.

    Raises `BadGGUF` for files that do not make a whole, and `StoreError`.
    """
    with ExitStack() as stack:
        sources = [stack.enter_context(SourceFile(path)) for path in paths]
        _check(sources)
        first = sources[0]
        entries = [first.entry(key) for key in first.gguf.metadata if key not in _DROPPED]
        parts = [
            Part(
                PlannedTensor(tensor.name, tensor.type_name, tensor.shape),
                tensor.size,
                source.pieces(tensor.offset, tensor.size),
            )
            for source in sources
            for tensor in source.gguf.tensors
        ]
        output.write_gguf(entries, parts)


def _check(sources: Sequence[SourceFile]) -> None:
    """What each file says of its place in the set (llama.cpp's `llama-gguf-split`)."""
    for index, source in enumerate(sources):
        gguf = source.gguf
        if gguf.get_int("split.count") != len(sources):
            raise BadGGUF(
                f"file {index + 1} of the split GGUF set says that the set has {gguf.get_int('split.count')} files, "
                f"but there are {len(sources)}"
            )
        if gguf.get_int("split.no") != index:
            raise BadGGUF(
                f"file {index + 1} of the split GGUF set says that it is file {gguf.get_int('split.no') + 1}: "
                "the files were renamed"
            )
    names = [tensor.name for source in sources for tensor in source.gguf.tensors]
    promised = sources[0].gguf.get_int("split.tensors.count")
    if promised and promised != len(names):
        raise BadGGUF(f"the split GGUF set has {len(names)} tensors instead of {promised}")
    if len(set(names)) != len(names):
        raise BadGGUF("two files of the split GGUF set hold the same tensor")
