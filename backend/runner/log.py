"""A bounded ring of a runner's log lines, and what can be read out of them."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from itertools import islice

_LINES = 2000
_LAST_WORDS = 200  # lines that are kept of a runner that has ended
_LINE_BYTES = 2000
_ERROR = re.compile(r"^\S+ E \s*(.*)$")
_FATAL = re.compile(
    r"GGML_ASSERT|CUDA error|out of memory|terminate called|failed to allocate|not enough space in the", re.IGNORECASE
)
_MEMORY = re.compile(r"out of memory|failed to allocate|unable to allocate|alloc_buffer.*failed", re.IGNORECASE)
_OFFLOADED = re.compile(r"offloaded (\d+)/(\d+) layers to GPU")
_BUFFER = re.compile(r" (\S{1,60}) +(model|KV|compute|output|RS) buffer size += +([\d.]{1,20}) MiB")
_KINDS = {"model": "weights", "KV": "kv", "RS": "kv", "compute": "compute", "output": "compute"}
_NUMBER = re.compile(r"\d+")
_PLACES = 64  # more than any machine has
_OF_MACHINE = ("CPU", "AMX")  # beginnings of the names of buffers in the machine's own memory
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class PlaceUse:
    """Bytes that the engine says it took in one place, which it names: `CPU_Mapped`, `CUDA0`, `CUDA_Host`."""

    place: str
    weights: int
    kv: int
    compute: int

    @property
    def device(self) -> int | None:
        """The accelerator, by the engine's index; `None` for the machine's own memory."""
        if _is_of_machine(self.place):
            return None
        number = _NUMBER.search(self.place)
        return int(number[0]) if number else 0


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Bytes that the engine says it took, in all and on accelerators (the specification's section I.7), and where.

    `layers_on_gpu` of `layers` lie on accelerators; both are 0 for an engine that has none.
    """

    total: int
    vram: int
    places: tuple[PlaceUse, ...] = ()
    layers_on_gpu: int = 0
    layers: int = 0

    @property
    def weights(self) -> int:
        return sum(place.weights for place in self.places)

    @property
    def kv(self) -> int:
        return sum(place.kv for place in self.places)

    @property
    def compute(self) -> int:
        return sum(place.compute for place in self.places)


class LogRing:
    """The last lines of one runner, and how many it wrote in all. `add` takes a raw line; nothing is kept beyond the
    bounds.
    """

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=_LINES)
        self.written = 0
        self._places: dict[str, dict[str, float]] = {}  # MiB
        self._offloaded = (0, 0)

    def add(self, raw: bytes) -> None:
        line = raw[:_LINE_BYTES].decode("utf-8", "replace").rstrip()
        if not line:
            return
        self.lines.append(line)
        self.written += 1
        if "buffer size" in line and (match := _BUFFER.search(line)):
            if match[1] in self._places or len(self._places) < _PLACES:
                place = self._places.setdefault(match[1], {"weights": 0.0, "kv": 0.0, "compute": 0.0})
                place[_KINDS[match[2]]] += float(match[3])
        elif "offloaded" in line and (match := _OFFLOADED.search(line)):
            self._offloaded = int(match[1]), int(match[2])

    def since(self, start: int) -> tuple[int, list[str]]:
        """The kept lines from number `start` on, of all that were ever written, and the number of the first of them."""
        gone = self.written - len(self.lines)
        first = min(max(start, gone), self.written)
        return first, list(islice(self.lines, first - gone, None))

    def shorten(self) -> None:
        """Keep only the last words: the runner has ended."""
        self.lines = deque(self.lines, maxlen=_LAST_WORDS)

    @property
    def memory(self) -> MemoryUse | None:
        """What the load took, `None` if the engine said nothing."""
        if not self._places:
            return None
        places = tuple(
            PlaceUse(name, **{kind: int(size * _MIB) for kind, size in sizes.items()})
            for name, sizes in self._places.items()
        )
        total = sum(sum(sizes.values()) for sizes in self._places.values())
        vram = sum(sum(sizes.values()) for name, sizes in self._places.items() if not _is_of_machine(name))
        on_gpu, layers = self._offloaded
        if layers and on_gpu == layers and vram:  # then the little that is left outside counts too
            vram = total
        return MemoryUse(int(total * _MIB), int(vram * _MIB), places, on_gpu, layers)

    def error_text(self) -> str:
        """The engine's own reason for a failure: the line that names it, else its first error; may be empty."""
        errors = [match[1] for line in self.lines if (match := _ERROR.match(line))]
        errors += [line for line in self.lines if _FATAL.search(line) and not _ERROR.match(line)]
        for error in errors:
            if "error loading model:" in error:
                return error[error.index("error loading model:") :]
        return next((error for error in errors if "common_fit_params" not in error), "")


def _is_of_machine(place: str) -> bool:
    return place.startswith(_OF_MACHINE) or place.endswith("_Host")


def is_out_of_memory(text: str) -> bool:
    """Whether an engine's error text tells of want of memory."""
    return _MEMORY.search(text) is not None
