"""What the parent tells the child, and what it hears: one line of JSON each."""

from __future__ import annotations

from msgspec import Struct


class Quantize(Struct, frozen=True, tag=True):
    """A GGUF file whose tensors take the types of `target`, a key of `mixture.TARGETS`."""

    source: str  # path
    target: str


class Merge(Struct, frozen=True, tag=True):
    """The files of a split GGUF set, in their order, as one."""

    sources: list[str]  # paths


Order = Quantize | Merge


class Assignment(Struct, frozen=True):
    """An order, and the open file that the result is to be written to."""

    order: Order
    descriptor: int


class Progressed(Struct, frozen=True, tag=True):
    """Bytes of the sources' tensors: those done and all."""

    completed: int
    total: int


class Finished(Struct, frozen=True, tag=True):
    """`digest` is 64 hexadecimal digits of the SHA-256 of the bytes written, `size` their number."""

    digest: str
    size: int


class Failed(Struct, frozen=True, tag=True):
    """Why there is no result, for a person; `status` is the HTTP status."""

    message: str
    status: int


Report = Progressed | Finished | Failed
