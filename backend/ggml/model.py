"""What a GGML file says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.gguf.model import GGUF, SkippedArray
from backend.gguf.tables import FILE_TYPES

if TYPE_CHECKING:
    from backend.gguf import Tensor, Value

_NUMBERS = {name: number for number, name in FILE_TYPES.items()}


@dataclass(frozen=True, slots=True)
class GgmlModel:
    """A file that was read and checked.

    `format` and `version` are the magic's, version 0 where it has none. `model_type` is ctransformers' name of the
    family. `n_ctx` is the context length the model was trained for, 0 where the file does not say it (llama, falcon).
    `file_type` is llama.cpp's name of the quantisation.
    """

    format: str
    version: int
    model_type: str
    n_vocab: int
    n_ctx: int
    n_embd: int
    n_head: int
    n_head_kv: int
    n_layer: int
    n_rot: int
    n_ff: int
    file_type: str
    tensors: tuple[Tensor, ...]
    parameter_count: int

    def as_gguf(self) -> GGUF:
        """The same under the names that GGUF has for it, as version 0, so that all who describe models can."""
        figures = {
            "context_length": self.n_ctx,
            "embedding_length": self.n_embd,
            "block_count": self.n_layer,
            "feed_forward_length": self.n_ff,
            "rope.dimension_count": self.n_rot,
            "attention.head_count": self.n_head,
            "attention.head_count_kv": self.n_head_kv,
            "vocab_size": self.n_vocab,
        }
        metadata: dict[str, Value] = {"general.architecture": self.model_type}
        if self.file_type in _NUMBERS:
            metadata["general.file_type"] = _NUMBERS[self.file_type]
        metadata |= {f"{self.model_type}.{name}": figure for name, figure in figures.items() if figure}
        metadata["tokenizer.ggml.tokens"] = SkippedArray("string", self.n_vocab)
        offset = min(tensor.offset for tensor in self.tensors)
        return GGUF(0, metadata, self.tensors, offset, self.parameter_count)
