"""Which type each tensor takes when a model is quantised.

The rules are llama.cpp's for its file types Q8_0, Q4_K_S and Q4_K_M, where no importance matrix is given
(`llama_tensor_get_type_impl`, `tensor_allows_quantization` and `tensor_type_fallback` in its src/llama-quant.cpp,
2026): a file that follows them is the file that `llama-quantize` makes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.gguf.tables import TENSOR_NUMBERS, TENSOR_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.gguf import GGUF, Tensor


@dataclass(frozen=True, slots=True)
class Target:
    """A file type: its number in `general.file_type`, and the type of the tensors that no rule speaks of."""

    file_type: int
    default: str


TARGETS = {
    "F32": Target(0, "F32"),
    "F16": Target(1, "F16"),
    "BF16": Target(32, "BF16"),
    "Q8_0": Target(7, "Q8_0"),
    "Q4_K_S": Target(14, "Q4_K"),
    "Q4_K_M": Target(15, "Q4_K"),
}

# What a row takes that the blocks of the first type do not fill; where that does not fit either, F16.
_FALLBACKS = {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}
_EMBEDDINGS = ("token_embd.weight", "per_layer_token_embd.weight")
_VALUES = ("attn_qkv.weight", "attn_kv_b.weight", "attn_v.weight")
_LAYER = re.compile(r"blk\.(\d+)\.")
# Names, or parts of them, of weights that are too small or too delicate to quantise.
_KEPT = re.compile(
    r"_norm\.weight|ffn_gate_inp\.weight|ffn_gate_tid2eid\.weight|altup|laurel|per_layer_model_proj"
    r"|^position_embd\.weight$|^token_types\.weight$|ssm_conv1d|shortconv\.conv\.weight|indexer\.[kq]_proj\.weight"
    r"|time_mix_(?:first|[wva][012]|g[12]|decay_w[12]|lerp_fused)\.weight|attn_rel_b\.weight|\.position_embd"
    r"|sam\.(?:pos_embd|neck\.|net_)|\.rel_pos|\.patch_embd|\.patch_merger|a\.rvq\.codebook|mm\.a\.code_embd"
)


def ordered(gguf: GGUF) -> list[Tensor]:
    """The tensors in the order in which llama.cpp writes them, and counts layers: by layer, then by name."""
    return sorted(gguf.tensors, key=lambda tensor: (_layer(tensor.name), tensor.name.encode()))


def plan(gguf: GGUF, target: str) -> list[str]:
    """The type for each tensor of `ordered`. `target` is a key of `TARGETS`."""
    tensors = ordered(gguf)
    mixture = _Mixture(gguf, target, tensors)
    return [mixture.type_of(tensor) if _may_change(tensor) else tensor.type_name for tensor in tensors]


class _Mixture:
    """Goes through the tensors once, in order: some rules depend on how many of a kind came before."""

    def __init__(self, gguf: GGUF, target: str, tensors: Sequence[Tensor]) -> None:
        self._target = target
        self._default = TARGETS[target].default
        self._falcon = gguf.architecture == "falcon"
        self._experts = gguf.figure("expert_count")
        self._layers = gguf.block_count
        # llama.cpp's "70B": the values are shared by so many heads that more bits for them cost little.
        self._large = gguf.architecture == "llama" and self._layers == 80 and gguf.head_count != gguf.head_count_kv
        self._tied = all(tensor.name != "output.weight" for tensor in tensors)
        self._values = sum(any(part in tensor.name for part in _VALUES) for tensor in tensors)
        self._value = 0
        self._down = 0

    def type_of(self, tensor: Tensor) -> str:
        if TENSOR_TYPES[TENSOR_NUMBERS[self._default]].block == 1:
            return self._default
        chosen = self._choose(tensor.name, tensor.shape[0])
        return _fitting(chosen, tensor.shape[0])

    def _choose(self, name: str, row: int) -> str:
        if name == "output.weight" or (self._tied and name in _EMBEDDINGS):
            odd = row % TENSOR_TYPES[TENSOR_NUMBERS[self._default]].block
            return "Q8_0" if self._falcon or odd or self._default == "Q8_0" else "Q6_K"
        if name in _EMBEDDINGS:
            return self._default
        if any(part in name for part in _VALUES):
            return self._choose_value()
        if "attn_k.weight" in name:
            return "Q8_0" if self._experts == 8 else self._default
        if "attn_output.weight" in name:
            return "Q5_K" if self._experts == 8 and self._default == "Q4_K" and not self._falcon else self._default
        if "ffn_down" in name:
            return self._choose_down(name)
        return self._default

    def _choose_value(self) -> str:
        at, self._value = self._value, self._value + 1
        chosen = self._default
        if self._target == "Q4_K_M" and _more_bits(at, self._values):
            chosen = "Q6_K"
        elif self._target == "Q4_K_S" and at < 4:
            chosen = "Q5_K"
        if self._large and chosen == "Q4_K":
            chosen = "Q5_K"
        return "Q8_0" if self._experts == 8 else chosen

    def _choose_down(self, name: str) -> str:
        at, self._down = self._down, self._down + 1
        if self._experts > 1:  # experts do not follow each other in every file
            at = _layer(name)
        if self._target == "Q4_K_M":
            if self._falcon:
                return "Q6_K" if at < self._layers // 16 else "Q5_K" if _more_bits(at, self._layers) else "Q4_K"
            return "Q6_K" if _more_bits(at, self._layers) else "Q4_K"
        if self._target == "Q4_K_S" and not self._falcon and at < self._layers // 8:
            return "Q5_K"
        return self._default


def _more_bits(at: int, count: int) -> bool:
    """The first and the last eighth, and every third layer between them."""
    eighth = count // 8
    return at < eighth or at >= 7 * count // 8 or (at - eighth) % 3 == 2


def _fitting(chosen: str, row: int) -> str:
    for candidate in (chosen, _FALLBACKS.get(chosen, "F16")):
        if row % TENSOR_TYPES[TENSOR_NUMBERS[candidate]].block == 0:
            return candidate
    return "F16"


def _may_change(tensor: Tensor) -> bool:
    """Matrices of weights; a dimension of 1 at the end does not count as one."""
    matrix = any(length > 1 for length in tensor.shape[1:])
    return matrix and tensor.name.endswith("weight") and not _KEPT.search(tensor.name)


def _layer(name: str) -> int:
    match = _LAYER.match(name)
    return int(match[1]) if match else -1
