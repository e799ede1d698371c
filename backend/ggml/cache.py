"""How the engine of GGML models keeps the keys and values of the context."""

from __future__ import annotations

# Families whose cache has 32 bits for each element (`memory_k` of their loaders); that of the others has 16.
_WIDE = ("gpt2", "starcoder")
_AS_ASKED = ("llama", "falcon", "mpt")  # the others make room for all that they were trained for


def element_bytes(model_type: str) -> int:
    """Bytes of one element of the KV cache of a GGML model."""
    return 4 if model_type in _WIDE else 2


def keeps_whole_context(model_type: str) -> bool:
    """Whether the cache is as long as the context the model was trained for, however short it is asked to be."""
    return model_type not in _AS_ASKED
