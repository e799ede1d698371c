"""What llama.cpp calls the parts of a model, and in which order it wants the rows of queries and keys.

Sources: `LlamaModel` and `Qwen2Model` of llama.cpp's `convert_hf_to_gguf.py`, and its `gguf-py/gguf/tensor_mapping.py`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.errors import BadRequest
from backend.gguf import writer

if TYPE_CHECKING:
    from backend.conversion.checkpoint import Document

_ARCHITECTURES = {"LlamaForCausalLM": "llama", "MistralForCausalLM": "llama", "Qwen2ForCausalLM": "qwen2"}
_WHOLE = {"embed_tokens": "token_embd", "norm": "output_norm", "lm_head": "output"}
_PARTS = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_NAME = re.compile(r"(?:model\.)?(?:layers\.(?P<layer>\d{1,5})\.)?(?P<part>[a-z_.]+)\.(?P<kind>weight|bias)")
_IGNORED = (".rotary_emb.inv_freq", ".rotary_emb.cos_cached", ".rotary_emb.sin_cached")
_QUERIES, _KEYS = "attn_q", "attn_k"
_HEAD_LENGTH = 65_536  # far above any real model


@dataclass(frozen=True, slots=True)
class Family:
    """How a model is built, as far as its tensors need it. `head_length` is the elements of one head."""

    architecture: str
    heads: int
    kv_heads: int
    head_length: int

    def rename(self, name: str) -> str:
        """llama.cpp's name for a tensor; empty for one that it does not need. Raises `BadRequest` for others."""
        if name.endswith(_IGNORED):
            return ""
        match = _NAME.fullmatch(name)
        if match is not None:
            layer, part, kind = match["layer"], match["part"], match["kind"]
            if layer is None and part in _WHOLE:
                return f"{_WHOLE[part]}.{kind}"
            if layer is not None and part in _PARTS:
                return f"blk.{int(layer)}.{_PARTS[part]}.{kind}"
        raise BadRequest(f"the model has a tensor {name[:80]!r} that a {self.architecture} model does not have")

    def permuted_heads(self, renamed: str) -> int:
        """Heads in which `permute` changes the order of rows; 0 for a tensor that keeps it.

        llama.cpp turns the neighbours of a llama's queries and keys, where the other libraries turn the halves.
        """
        if self.architecture != "llama":
            return 0
        part = renamed.split(".")[2] if renamed.startswith("blk.") else ""
        return self.heads if part == _QUERIES else self.kv_heads if part == _KEYS else 0


def permute(rows: bytes, row_size: int) -> bytes:
    """The rows of one head, the two halves in turns."""
    half = len(rows) // row_size // 2
    order = [row for pair in range(half) for row in (pair, half + pair)]
    return b"".join(rows[row * row_size : (row + 1) * row_size] for row in order)


def architecture_of(config: Document) -> str:
    """Raises `BadRequest` in the words of section F.3."""
    names = config.list("architectures")
    name = names[0] if names and isinstance(names[0], str) else ""
    if name not in _ARCHITECTURES:
        raise BadRequest(f'unsupported architecture "{name[:80]}"')
    return _ARCHITECTURES[name]


def family_of(config: Document) -> Family:
    """Of a `config.json`. Raises `BadRequest` for an architecture that is not known, and for figures that lack."""
    heads = config.integer("num_attention_heads")
    length = config.integer("head_dim", max(config.integer("hidden_size") // heads, 1))
    if length % 2 or length > _HEAD_LENGTH:
        raise BadRequest(f"config.json has heads of {length} elements, which cannot be converted")
    return Family(architecture_of(config), heads, config.integer("num_key_value_heads", heads), length)


def model_entries(config: Document, family: Family, tokens: int) -> list[bytes]:
    """The metadata of section `<architecture>.`. Raises `BadRequest` for what llama.cpp cannot express."""
    name = family.architecture
    figures = {
        "vocab_size": tokens,
        "context_length": config.integer("max_position_embeddings", 2048),
        "embedding_length": config.integer("hidden_size"),
        "block_count": config.integer("num_hidden_layers"),
        "feed_forward_length": config.integer("intermediate_size"),
        "attention.head_count": family.heads,
        "attention.head_count_kv": family.kv_heads,
        "attention.key_length": family.head_length,
        "attention.value_length": family.head_length,
        "rope.dimension_count": family.head_length,
    }
    numbers = {
        "attention.layer_norm_rms_epsilon": config.number("rms_norm_eps", 1e-6),
        "rope.freq_base": _rope(config).number("rope_theta", config.number("rope_theta", 10000.0)),
    }
    return [
        *(writer.uint32(f"{name}.{key}", value) for key, value in figures.items()),
        *(writer.float32(f"{name}.{key}", number) for key, number in numbers.items()),
        *_scaling_entries(name, _rope(config)),
    ]


def rope_factors(config: Document, family: Family) -> list[float]:
    """Divisors of the frequencies for Llama 3.1's long contexts (`rope_freqs`); none for other models."""
    rope = _rope(config)
    if _kind(rope) != "llama3":
        return []
    base = rope.number("rope_theta", config.number("rope_theta", 10000.0))
    factor, low, high = rope.number("factor", 8), rope.number("low_freq_factor", 1), rope.number("high_freq_factor", 4)
    length = rope.number("original_max_position_embeddings", 8192)
    if low >= high:
        raise BadRequest("config.json has a rope_scaling that makes no sense")
    factors = []
    for element in range(0, family.head_length, 2):
        wave = 2 * math.pi * base ** (element / family.head_length)
        smooth = min(max((length / wave - low) / (high - low), 0.0), 1.0)
        factors.append(1 / ((1 - smooth) / factor + smooth))
    return factors


def _rope(config: Document) -> Document:
    """`rope_parameters` since transformers 5, `rope_scaling` before."""
    new = config.section("rope_parameters")
    return new if new.values else config.section("rope_scaling")


def _kind(rope: Document) -> str:
    return rope.text("rope_type") or rope.text("type") or "default"


def _scaling_entries(name: str, rope: Document) -> list[bytes]:
    kind = _kind(rope)
    if kind in {"default", "llama3"}:
        return []
    if kind not in {"linear", "yarn"}:
        raise BadRequest(f"config.json has the rope_scaling {kind[:40]!r}, which cannot be converted")
    entries = [
        writer.text(f"{name}.rope.scaling.type", kind),
        writer.float32(f"{name}.rope.scaling.factor", rope.number("factor")),
    ]
    if kind == "yarn":
        length = rope.integer("original_max_position_embeddings")
        entries.append(writer.uint32(f"{name}.rope.scaling.original_context_length", length))
    return entries
