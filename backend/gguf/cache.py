"""How much a model keeps of each token: the shape of its KV cache.

Keys and periods are those of llama.cpp's loaders (`llama_hparams::set_swa_pattern`, `n_layer_kv_from_start`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.gguf.model import GGUF

# Every n-th layer sees the whole context, the others a window; for families whose files do not say it.
_PERIODS = {
    "afmoe": 4,
    "cohere2": 4,
    "exaone4": 4,
    "gemma2": 2,
    "gemma3": 6,
    "gemma3n": 5,
    "gpt-oss": 2,
    "llama4": 4,
    "olmo2": 4,
    "smallthinker": 4,
}
_WINDOWS = {"gemma2": 4096, "llama4": 8192, "smallthinker": 4096}  # where the file does not say it
_OWN_LAYERS = {"gemma3n": 20}  # later ones use the cache of earlier ones
_MOST_LAYERS = 4096  # above any real model


@dataclass(frozen=True, slots=True)
class CacheShape:
    """Elements of keys and values of one token, in layers that see the whole context and in those that see the last
    `window` tokens only.
    """

    full: int
    windowed: int = 0
    window: int = 0


def cache_shape(gguf: GGUF) -> CacheShape:
    """The shape of `gguf`'s cache; too large rather than too small where the file is silent."""
    architecture = gguf.architecture
    layers = min(gguf.block_count, _MOST_LAYERS)
    shared = gguf.figure("attention.shared_kv_layers")
    own = layers - shared if shared else min(layers, _OWN_LAYERS.get(architecture, layers))
    window = gguf.figure("attention.sliding_window") or _WINDOWS.get(architecture, 0)
    seen = gguf.key_length + gguf.value_length
    near = _length(gguf, "key", gguf.key_length) + _length(gguf, "value", gguf.value_length)
    full = windowed = 0
    for layer, heads in enumerate(_heads(gguf, layers)[: max(own, 0)]):
        if window and _is_windowed(gguf, layer):
            windowed += heads * near
        else:
            full += heads * seen
    return CacheShape(full, windowed, window if windowed else 0)


def _length(gguf: GGUF, what: str, full: int) -> int:
    """Elements of a head's key or value in a layer with a window."""
    return gguf.figure(f"attention.{what}_length_swa") or full


def _heads(gguf: GGUF, layers: int) -> list[int]:
    """Heads of keys and values of each layer, 0 in layers without attention."""
    stated = gguf.metadata.get(f"{gguf.architecture}.attention.head_count_kv")
    if isinstance(stated, list) and len(stated) >= layers:
        return [max(item, 0) if type(item) is int else 0 for item in stated[:layers]]
    interval = gguf.figure("full_attention_interval")  # the layers between keep a state of fixed size
    each = gguf.head_count_kv
    return [0 if interval > 1 and (layer + 1) % interval else each for layer in range(layers)]


def _is_windowed(gguf: GGUF, layer: int) -> bool:
    stated = gguf.metadata.get(f"{gguf.architecture}.attention.sliding_window_pattern")
    if isinstance(stated, list):
        return layer < len(stated) and bool(stated[layer])
    period = stated if type(stated) is int and stated > 0 else _PERIODS.get(gguf.architecture, 1)
    return layer % period < period - 1
