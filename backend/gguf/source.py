"""Bounded, buffered reading of an open model file."""

from __future__ import annotations

import os
from struct import Struct
from typing import TYPE_CHECKING

from backend.errors import BadGGUF

if TYPE_CHECKING:
    from backend.errors import BadModelFile

_CHUNK = 1 << 20
_LENGTHS = {4: Struct("<I"), 8: Struct("<Q")}


class Source:
    """Reads `descriptor` from its start with `pread`; whatever goes beyond the file's end raises `error`.

    Memory stays at one chunk plus what `take` hands out. `length_bytes` is how wide the file writes its lengths.
    """

    def __init__(self, descriptor: int, *, error: type[BadModelFile] = BadGGUF) -> None:
        self._descriptor = descriptor
        self._error = error
        self.length_bytes = 8
        self.size = os.fstat(descriptor).st_size
        self._buffer = b""
        self._base = 0  # offset of the buffer in the file
        self._at = 0  # place in the buffer; may lie behind its end after a skip

    @property
    def position(self) -> int:
        return self._base + self._at

    @property
    def remaining(self) -> int:
        return self.size - self.position

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        self._need(count)
        start = self._at
        self._at += count
        return self._buffer[start : self._at]

    def skip(self, count: int) -> None:
        if count > self.remaining:
            raise self._ended(count)
        self._at += count

    def uint32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def uint64(self) -> int:
        return int.from_bytes(self.take(8), "little")

    def length(self) -> int:
        """A number of bytes, of elements, or of entries."""
        return int.from_bytes(self.take(self.length_bytes), "little")

    def skip_strings(self, count: int) -> None:
        """Passes `count` strings. Vocabularies have hundreds of thousands, hence a loop that only adds lengths."""
        width = self.length_bytes
        unpack = _LENGTHS[width].unpack_from
        while count:
            self._need(width)
            buffer, at, last = self._buffer, self._at, len(self._buffer) - width
            for _ in range(count):
                if at > last:
                    break
                (length,) = unpack(buffer, at)
                at += width + length
                count -= 1
            self.skip(at - self._at)

    def _need(self, count: int) -> None:
        if self._at + count <= len(self._buffer):
            return
        if count > self.remaining:
            raise self._ended(count)
        position = self.position
        data = os.pread(self._descriptor, max(count, _CHUNK), position)
        while len(data) < count:
            more = os.pread(self._descriptor, count - len(data), position + len(data))
            if not more:
                raise self._error(f"the {self._error.format} file became shorter while it was read")
            data += more
        self._buffer, self._base, self._at = data, position, 0

    def _ended(self, count: int) -> BadModelFile:
        return self._error(
            f"the {self._error.format} file is cut off: {count} bytes expected at {self.position}, "
            f"but it has {self.size}"
        )
