"""A bounded ring of a runner's log lines, and what can be read out of them."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

_LINES = 2000
_LINE_BYTES = 2000
_ERROR = re.compile(r"^\S+ E \s*(.*)$")
_FATAL = re.compile(r"GGML_ASSERT|CUDA error|out of memory|terminate called|failed to allocate", re.IGNORECASE)
_MEMORY = re.compile(r"out of memory|failed to allocate|unable to allocate|alloc_buffer.*failed", re.IGNORECASE)
_OFFLOADED = re.compile(r"offloaded (\d+)/(\d+) layers to GPU")
_BUFFER = re.compile(r" (\S{1,60}) +(?:model|KV|compute|output|RS) buffer size += +([\d.]{1,20}) MiB")
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Bytes that the engine says it took, in all and on accelerators (the specification's section I.7)."""

    total: int
    vram: int


class LogRing:
    """The last lines of one runner. `add` takes a raw line; nothing is kept beyond the bounds."""

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=_LINES)
        self._total = 0.0
        self._vram = 0.0
        self._on_gpu = False  # every layer is

    def add(self, raw: bytes) -> None:
        line = raw[:_LINE_BYTES].decode("utf-8", "replace").rstrip()
        if not line:
            return
        self.lines.append(line)
        if "buffer size" in line and (match := _BUFFER.search(line)):
            size = float(match[2])
            self._total += size
            if not match[1].startswith("CPU") and not match[1].endswith("_Host"):
                self._vram += size

        elif "offloaded" in line and (match := _OFFLOADED.search(line)):
            self._on_gpu = match[1] == match[2]

    @property
    def memory(self) -> MemoryUse | None:
        """What the load took, `None` if the engine said nothing."""
        if not self._total:
            return None
        vram = self._total if self._on_gpu and self._vram else self._vram
        return MemoryUse(int(self._total * _MIB), int(vram * _MIB))

    def error_text(self) -> str:
        """The engine's own reason for a failure: the line that names it, else its first error; may be empty."""
        errors = [match[1] for line in self.lines if (match := _ERROR.match(line))]
        errors += [line for line in self.lines if _FATAL.search(line) and not _ERROR.match(line)]
        for error in errors:
            if "error loading model:" in error:
                return error[error.index("error loading model:") :]
        return next((error for error in errors if "common_fit_params" not in error), "")


def is_out_of_memory(text: str) -> bool:
    """Whether an engine's error text tells of want of memory."""
    return _MEMORY.search(text) is not None
