"""How much memory a GGML model keeps of each token of its context."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.ggml.model import GgmlModel

_WIDE = ("gpt2", "starcoder")  # families whose cache has 32 bits for each element (`memory_k` in ctransformers)


def cache_bytes(model: GgmlModel) -> int:
    """Bytes of the keys and values of one token in all layers."""
    width = model.n_embd // model.n_head * (model.n_head_kv or model.n_head)
    return 2 * model.n_layer * width * (4 if model.model_type in _WIDE else 2)
