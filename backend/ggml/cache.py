"""How the engine of GGML models keeps the keys and values of the context."""

from __future__ import annotations

# Families whose cache has 32 bits for each element (`memory_k` of their loaders); that of the others has 16.
_WIDE = ("gpt2", "starcoder")


def element_bytes(model_type: str) -> int:
    """Bytes of one element of the KV cache of a GGML model."""
    return 4 if model_type in _WIDE else 2
