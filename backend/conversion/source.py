"""A GGUF file that tensors and metadata are taken from, without holding more than a piece of it in memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from backend import gguf as gguf_files
from backend.errors import BadGGUF
from backend.files import open_regular, read_exactly

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

CHUNK = 4 << 20  # bytes


class SourceFile:
    """An open file and its header; a context manager. Raises `BadGGUF` for one that cannot be opened or is damaged.

    Reading pieces raises `StoreError`.
    """

    def __init__(self, path: Path) -> None:
        self.gguf = gguf_files.read(path)
        try:
            self._descriptor = open_regular(path)
        except OSError as error:
            raise BadGGUF(f"cannot open the model file: {error.strerror}") from error

    def __enter__(self) -> SourceFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def entry(self, key: str) -> Iterator[bytes]:
        """The bytes of a metadata entry, its key included."""
        start, end = self.gguf.spans[key]
        return self.pieces(start, end - start)

    def pieces(self, offset: int, size: int) -> Iterator[bytes]:
        """The bytes from `offset` on in pieces of `CHUNK`; the last may be shorter."""
        for start in range(offset, offset + size, CHUNK):
            yield read_exactly(self._descriptor, start, min(CHUNK, offset + size - start))
