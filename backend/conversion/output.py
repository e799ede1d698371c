"""A GGUF file being written, front to back, while its digest is computed."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.files import disk_errors, write_all
from backend.gguf.writer import PlannedTensor, file_head, padding, tensor_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_REPORT_S = 0.1


@dataclass(frozen=True, slots=True)
class Part:
    """A tensor to write. `pieces` are its bytes in order, made one by one; `cost` is in bytes of the source."""

    tensor: PlannedTensor
    cost: int
    pieces: Iterable[bytes]


class Output:
    """Writes to an open file. `report` hears the costs done and all, a few times a second and at the end.

    Every method raises `StoreError`, with status 507 when the disk is full.
    """

    def __init__(self, descriptor: int, report: Callable[[int, int], None]) -> None:
        self._descriptor = descriptor
        self._report = report
        self._hash = hashlib.sha256()
        self._reported = 0.0
        self.size = 0

    @property
    def digest(self) -> str:
        """64 hexadecimal digits for what was written so far."""
        return self._hash.hexdigest()

    def write_gguf(self, entries: Sequence[Iterable[bytes]], parts: Sequence[Part]) -> None:
        """A whole file: its metadata, each entry in pieces, and its tensors."""
        self._write(file_head(len(parts), len(entries)))
        for entry in entries:
            for piece in entry:
                self._write(piece)
        self._write(tensor_table([part.tensor for part in parts]))
        self._write(padding(self.size))
        done, total = 0, sum(part.cost for part in parts)
        for part in parts:
            written = 0
            for piece in part.pieces:
                self._write(piece)
                written += len(piece)
                self._tell(done + part.cost * written // part.tensor.size, total)
            if written != part.tensor.size:
                raise RuntimeError(f"{part.tensor.name} has {written} bytes instead of {part.tensor.size}")
            self._write(padding(written))
            done += part.cost
        self._report(done, total)

    def _write(self, data: bytes) -> None:
        with disk_errors("write a blob"):
            write_all(self._descriptor, data)
        self._hash.update(data)
        self.size += len(data)

    def _tell(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._reported >= _REPORT_S:
            self._reported = now
            self._report(done, total)
