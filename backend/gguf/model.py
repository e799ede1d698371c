"""What a GGUF file says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class SkippedArray:
    """An array that was not read. `type` is the element type's name in the GGUF specification, such as `string`."""

    type: str
    length: int


Value: TypeAlias = "int | float | bool | str | list[int] | list[float] | list[bool] | list[str] | SkippedArray"


@dataclass(frozen=True, slots=True)
class Tensor:
    """`shape` as in the file (fastest dimension first); `offset` in bytes from the file's start, `size` in bytes."""

    name: str
    type_name: str
    shape: tuple[int, ...]
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class GGUF:
    """`metadata` keeps the file's order. `data_offset` is where the tensors' bytes begin."""

    version: int
    metadata: dict[str, Value]
    tensors: tuple[Tensor, ...]
    data_offset: int
    parameter_count: int

    @property
    def architecture(self) -> str:
        """`general.architecture`, empty if absent."""
        raise NotImplementedError

    def get_int(self, key: str) -> int:
        """An integer of the metadata (the greatest one of an array per layer); 0 if absent."""
        raise NotImplementedError

    def get_text(self, key: str) -> str:
        """A text of the metadata; empty if absent."""
        raise NotImplementedError

    @property
    def context_length(self) -> int:
        raise NotImplementedError

    @property
    def embedding_length(self) -> int:
        raise NotImplementedError

    @property
    def block_count(self) -> int:
        raise NotImplementedError

    @property
    def head_count(self) -> int:
        raise NotImplementedError

    @property
    def head_count_kv(self) -> int:
        raise NotImplementedError

    @property
    def key_length(self) -> int:
        raise NotImplementedError

    @property
    def value_length(self) -> int:
        raise NotImplementedError

    @property
    def file_type(self) -> str:
        raise NotImplementedError

    @property
    def parameter_size(self) -> str:
        raise NotImplementedError

    @property
    def chat_template(self) -> str:
        raise NotImplementedError

    @property
    def pooling_type(self) -> int | None:
        raise NotImplementedError
