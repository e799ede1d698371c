"""Bounded, buffered reading of an open file."""

from __future__ import annotations

import os
from struct import Struct

from backend.errors import BadGGUF

_CHUNK = 1 << 20
_LENGTH = Struct("<Q")


class Source:
    """Reads `descriptor` from its start with `pread`; whatever goes beyond the file's end raises `BadGGUF`.

    Memory stays at one chunk plus what `take` hands out.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
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

    def skip_strings(self, count: int) -> None:
        """Passes `count` strings. Vocabularies have hundreds of thousands, hence a loop that only adds lengths."""
        unpack = _LENGTH.unpack_from
        while count:
            self._need(8)
            buffer, at, last = self._buffer, self._at, len(self._buffer) - 8
            for _ in range(count):
                if at > last:
                    break
                (length,) = unpack(buffer, at)
                at += 8 + length
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
                raise BadGGUF("the GGUF file became shorter while it was read")
            data += more
        self._buffer, self._base, self._at = data, position, 0

    def _ended(self, count: int) -> BadGGUF:
        return BadGGUF(f"the GGUF file is cut off: {count} bytes expected at {self.position}, but it has {self.size}")
