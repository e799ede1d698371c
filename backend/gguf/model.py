"""What a GGUF file says about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from backend.gguf.tables import FILE_TYPES


@dataclass(frozen=True, slots=True)
class SkippedArray:
    """An array that was not read. `type` is the element type's name in the GGUF specification, such as `string`."""

    type: str
    length: int


Value: TypeAlias = int | float | bool | str | list[int] | list[float] | list[bool] | list[str] | SkippedArray


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
    """`metadata` keeps the file's order. `data_offset` is where the tensors' bytes begin. `version` 0 is a GGML file
    under GGUF's names (`backend.ggml`).

    `spans` tells where in the file each entry of the metadata begins, with its key, and where it ends.
    Figures that the file does not state are 0, texts empty. Values of a wrong type count as not stated.
    """

    version: int
    metadata: dict[str, Value]
    tensors: tuple[Tensor, ...]
    data_offset: int
    parameter_count: int
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def is_old(self) -> bool:
        """Whether llama.cpp reads such files no more."""
        return self.version < 2

    def get_int(self, key: str) -> int:
        """An integer of the metadata; of an array (figures per layer) the greatest."""
        value = self.metadata.get(key)
        values = value if isinstance(value, list) else [value]
        return max((item for item in values if type(item) is int), default=0)

    def get_text(self, key: str) -> str:
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    @property
    def architecture(self) -> str:
        return self.get_text("general.architecture")

    def figure(self, name: str) -> int:
        """The integer `<architecture>.<name>`, such as `attention.sliding_window`."""
        return self.get_int(f"{self.architecture}.{name}")

    @property
    def context_length(self) -> int:
        """Tokens that the model was trained for."""
        return self.figure("context_length")

    @property
    def embedding_length(self) -> int:
        return self.figure("embedding_length")

    @property
    def block_count(self) -> int:
        return self.figure("block_count")

    @property
    def head_count(self) -> int:
        return self.figure("attention.head_count")

    @property
    def head_count_kv(self) -> int:
        """Heads of keys and values; the greatest over the layers."""
        return self.figure("attention.head_count_kv") or self.head_count

    @property
    def key_length(self) -> int:
        """Elements of one head's key."""
        return self.figure("attention.key_length") or self._head_length

    @property
    def value_length(self) -> int:
        """Elements of one head's value."""
        return self.figure("attention.value_length") or self._head_length

    @property
    def _head_length(self) -> int:
        return self.embedding_length // self.head_count if self.head_count else 0

    @property
    def file_type(self) -> str:
        """llama.cpp's name of the quantisation, such as `Q4_K_M`, else `unknown`."""
        return FILE_TYPES.get(self.get_int("general.file_type"), "unknown")

    @property
    def parameter_size(self) -> str:
        """The parameter count as Ollama writes it: `134.52M`, `8.0B` (specification, section D, `model_type`)."""
        return parameter_size(self.parameter_count)

    @property
    def chat_template(self) -> str:
        """The Jinja template."""
        return self.get_text("tokenizer.chat_template")

    @property
    def pooling_type(self) -> int | None:
        """Present (0 is one of its values) in models that make embeddings."""
        value = self.metadata.get(f"{self.architecture}.pooling_type")
        return value if type(value) is int else None


def parameter_size(count: int) -> str:
    """A number of parameters as Ollama writes it."""
    if count >= 1_000_000_000:
        return f"{count // 1_000_000_000}B" if count % 1_000_000_000 == 0 else f"{count / 1e9:.1f}B"
    if count >= 1_000_000:
        return f"{count // 1_000_000}M" if count % 1_000_000 == 0 else f"{count / 1e6:.2f}M"
    if count >= 1000:
        return f"{count / 1e3:.0f}K"
    return str(count)
