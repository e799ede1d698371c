"""The header, the vocabulary and the tensors of each family (the loaders in ctransformers 0.2.27, `models/llms`).

A tensor's shape is written with the header's names: `E` (embedding), `V` (vocabulary), `C` (context), `F` (feed
forward), `Q` (a falcon's query, key and value), with a factor in front. `{}` in a name is a layer's number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Layout:
    """How the files of some families are written.

    `header` names its 32-bit fields; `weights` are the matrices, of the file's quantisation or, where the layout
    `is_mixed`, each of its own; `vectors` are float32.
    """

    families: tuple[str, ...]
    header: tuple[str, ...]
    weights: Mapping[str, str]
    vectors: Mapping[str, str]
    repeats_vocabulary_size: bool = False
    has_scores: bool = False
    is_mixed: bool = False
    optional: frozenset[str] = field(default=frozenset())


def _normalised(*names: str, weight: str = "weight", bias: str = "bias", separator: str = ".") -> dict[str, str]:
    return {f"{name}{separator}{part}": "E" for name in names for part in (weight, bias)}


GPT2 = Layout(
    families=("gpt2", "starcoder"),
    header=("vocab", "ctx", "embd", "head", "layer", "ftype"),
    repeats_vocabulary_size=True,
    weights={
        "model/wte": "E V",
        "model/lm_head": "E V",
        "model/h{}/attn/c_attn/w": "E 3E",
        "model/h{}/attn/c_proj/w": "E E",
        "model/h{}/mlp/c_fc/w": "E 4E",
        "model/h{}/mlp/c_proj/w": "4E E",
    },
    vectors={
        "model/wpe": "E C",
        **_normalised("model/ln_f", "model/h{}/ln_1", "model/h{}/ln_2", weight="g", bias="b", separator="/"),
        "model/h{}/attn/c_attn/b": "3E",
        "model/h{}/attn/c_proj/b": "E",
        "model/h{}/mlp/c_fc/b": "4E",
        "model/h{}/mlp/c_proj/b": "E",
    },
    optional=frozenset({"model/lm_head"}),
)
GPTJ = Layout(
    families=("gptj",),
    header=("vocab", "ctx", "embd", "head", "layer", "rot", "ftype"),
    repeats_vocabulary_size=True,
    weights={
        "transformer.wte.weight": "E V",
        "lm_head.weight": "E V",
        **{f"transformer.h.{{}}.attn.{name}_proj.weight": "E E" for name in ("q", "k", "v", "out")},
        "transformer.h.{}.mlp.fc_in.weight": "E 4E",
        "transformer.h.{}.mlp.fc_out.weight": "4E E",
    },
    vectors={
        "lm_head.bias": "V",
        **_normalised("transformer.ln_f", "transformer.h.{}.ln_1"),
        "transformer.h.{}.mlp.fc_in.bias": "4E",
        "transformer.h.{}.mlp.fc_out.bias": "E",
    },
)
GPT_NEOX = Layout(
    families=("gpt_neox", "dolly-v2"),
    header=("vocab", "ctx", "embd", "head", "layer", "rot", "parallel", "ftype"),
    weights={
        "gpt_neox.embed_in.weight": "E V",
        "embed_out.weight": "E V",
        "gpt_neox.layers.{}.attention.query_key_value.weight": "E 3E",
        "gpt_neox.layers.{}.attention.dense.weight": "E E",
        "gpt_neox.layers.{}.mlp.dense_h_to_4h.weight": "E 4E",
        "gpt_neox.layers.{}.mlp.dense_4h_to_h.weight": "4E E",
    },
    vectors={
        **_normalised(
            "gpt_neox.final_layer_norm",
            "gpt_neox.layers.{}.input_layernorm",
            "gpt_neox.layers.{}.post_attention_layernorm",
        ),
        "gpt_neox.layers.{}.attention.query_key_value.bias": "3E",
        "gpt_neox.layers.{}.attention.dense.bias": "E",
        "gpt_neox.layers.{}.mlp.dense_h_to_4h.bias": "4E",
        "gpt_neox.layers.{}.mlp.dense_4h_to_h.bias": "E",
    },
)
_MPT_WEIGHTS = {
    "transformer.wte.weight": "E V",
    "transformer.blocks.{}.attn.Wqkv.weight": "E 3E",
    "transformer.blocks.{}.attn.out_proj.weight": "E E",
    "transformer.blocks.{}.ffn.up_proj.weight": "E 4E",
    "transformer.blocks.{}.ffn.down_proj.weight": "4E E",
}
_MPT_VECTORS = {
    "transformer.norm_f.weight": "E",
    "transformer.blocks.{}.norm_1.weight": "E",
    "transformer.blocks.{}.norm_2.weight": "E",
}
MPT = Layout(
    families=("mpt",),
    header=("embd", "ctx", "head", "layer", "vocab", "alibi", "clip", "ftype"),
    weights=_MPT_WEIGHTS,
    vectors=_MPT_VECTORS,
)
REPLIT = Layout(
    families=("replit",),
    header=("embd", "ctx", "head", "layer", "vocab", "ftype"),
    weights=_MPT_WEIGHTS,
    vectors=_MPT_VECTORS,
    has_scores=True,
)
LLAMA = Layout(
    families=("llama",),
    header=("vocab", "embd", "mult", "head", "layer", "rot", "ftype"),
    weights={
        "tok_embeddings.weight": "E V",
        "output.weight": "E V",
        **{f"layers.{{}}.attention.{name}.weight": "E E" for name in ("wq", "wk", "wv", "wo")},
        "layers.{}.feed_forward.w1.weight": "E F",
        "layers.{}.feed_forward.w2.weight": "F E",
        "layers.{}.feed_forward.w3.weight": "E F",
    },
    vectors={
        "norm.weight": "E",
        "layers.{}.attention_norm.weight": "E",
        "layers.{}.ffn_norm.weight": "E",
    },
    has_scores=True,
    is_mixed=True,
)
_FALCON_WEIGHTS = {
    "transformer.word_embeddings.weight": "E V",
    "lm_head.weight": "E V",
    "transformer.h.{}.self_attention.query_key_value.weight": "E Q",
    "transformer.h.{}.self_attention.dense.weight": "E E",
    "transformer.h.{}.mlp.dense_h_to_4h.weight": "E 4E",
    "transformer.h.{}.mlp.dense_4h_to_h.weight": "4E E",
}
_FALCON_HEADER = ("vocab", "embd", "head", "head_kv", "layer", "size", "ftype", "merges")
FALCON_7B = Layout(
    families=("falcon",),
    header=_FALCON_HEADER,
    weights=_FALCON_WEIGHTS,
    vectors=_normalised("transformer.ln_f", "transformer.h.{}.input_layernorm"),
    has_scores=True,
    is_mixed=True,
)
FALCON_40B = Layout(
    families=("falcon",),
    header=_FALCON_HEADER,
    weights=_FALCON_WEIGHTS,
    vectors=_normalised("transformer.ln_f", "transformer.h.{}.ln_mlp", "transformer.h.{}.ln_attn"),
    has_scores=True,
    is_mixed=True,
)

# Of files whose magic has no version; tried one after the other.
UNVERSIONED = (GPT2, GPTJ, GPT_NEOX, MPT, REPLIT)
