"""The three pipes between a runner and its parent."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass
from typing import Self

_BUFFER = 1 << 20


@dataclass(slots=True, eq=False)
class Pipes:
    """Our ends as readers and a descriptor; `child` holds the other ends of stdin, stdout and stderr."""

    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader
    child: tuple[int, int, int]
    _transports: tuple[asyncio.BaseTransport, ...]
    _stdin: int

    @classmethod
    async def open(cls) -> Self:
        """New pipes. Close them, and the ends of the child once it has started."""
        child_in, stdin = os.pipe()
        stdout, out_transport, child_out = await _reader()
        stderr, err_transport, child_err = await _reader()
        return cls(stdout, stderr, (child_in, child_out, child_err), (out_transport, err_transport), stdin)

    def close_child(self) -> None:
        """Close the child's ends here, so that ours see when the child is gone."""
        for descriptor in self.child:
            os.close(descriptor)

    def write(self, data: bytes) -> None:
        """To the child's standard input, at most what an empty pipe holds. A child that has ended is no error."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._stdin, data)

    def close(self) -> None:
        """Close our ends, which is the end of the child's input."""
        os.close(self._stdin)
        for transport in self._transports:
            transport.close()


async def _reader() -> tuple[asyncio.StreamReader, asyncio.BaseTransport, int]:
    ours, theirs = os.pipe()
    reader = asyncio.StreamReader(limit=_BUFFER)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb", 0)
    )
    return reader, transport, theirs
