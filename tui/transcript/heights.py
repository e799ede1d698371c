"""Rows of blocks, estimated until they are laid out: what lies where in a transcript that is mostly out of sight."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Heights:
    """Heights in rows, at least one each, in the order of the blocks."""

    def __init__(self, estimates: Iterable[int] = ()) -> None:
        self._starts = [0, *accumulate(estimates)]
        self._exact = [False] * (len(self._starts) - 1)

    def __len__(self) -> int:
        return len(self._exact)

    @property
    def total(self) -> int:
        """Rows of all blocks."""
        return self._starts[-1]

    def is_exact(self, index: int) -> bool:
        """Whether the height is no estimate."""
        return self._exact[index]

    def start(self, index: int) -> int:
        """The row at which a block begins; of the index after the last, the row after all."""
        return self._starts[index]

    def height(self, index: int) -> int:
        """Rows of a block."""
        return self._starts[index + 1] - self._starts[index]

    def at(self, row: int) -> tuple[int, int]:
        """The block of a row, and the row within it. Rows beyond an end belong to the block there."""
        index = min(max(bisect_right(self._starts, row) - 1, 0), len(self._exact) - 1)
        return index, min(max(row - self._starts[index], 0), self.height(index) - 1)

    def append(self, estimate: int) -> None:
        """One more block."""
        self._starts.append(self.total + estimate)
        self._exact.append(False)

    def set(self, index: int, height: int) -> None:
        """The height of a block that was laid out."""
        self._exact[index] = True
        if grown := height - self.height(index):
            self._starts[index + 1 :] = [start + grown for start in self._starts[index + 1 :]]
