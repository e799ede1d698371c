"""What a GGML file says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.gguf import Tensor


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
    file_type: str
    tensors: tuple[Tensor, ...]
    parameter_count: int
