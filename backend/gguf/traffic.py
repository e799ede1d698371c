"""What the decoding of one token reads of a model's weights: the denominator of its memory-bandwidth limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.gguf.model import GGUF

# By the names of GGUF, then by those of the formats before it.
_EMBEDDINGS = frozenset(
    {
        *("token_embd.weight", "tok_embeddings.weight", "model/wte", "transformer.wte.weight"),
        *("gpt_neox.embed_in.weight", "transformer.word_embeddings.weight"),
    }
)
_OUTPUTS = frozenset({"output.weight", "model/lm_head", "lm_head.weight", "embed_out.weight"})
# A row of these is read for each token.
_LOOKED_UP = frozenset({"per_layer_token_embd.weight", "position_embd.weight", "token_types.weight", "model/wpe"})
_SENSES = ("v.", "a.", "mm.")  # encoders and projectors of images and sound, which text does not pass
_EXPERTS = "_exps."


def bytes_per_token(gguf: GGUF) -> int:
    """Bytes of weights that one token reads: every matrix it passes, of a mixture of experts those that it is sent to.

    Of a table of embeddings it reads a row, which counts as nothing, unless the table is the output matrix too.
    """
    tied = _OUTPUTS.isdisjoint(tensor.name for tensor in gguf.tensors)
    experts, used = gguf.figure("expert_count"), gguf.figure("expert_used_count")
    total = 0
    for tensor in gguf.tensors:
        if tensor.name in _LOOKED_UP or tensor.name.startswith(_SENSES) or (tensor.name in _EMBEDDINGS and not tied):
            continue
        share = 0 < used < experts and _EXPERTS in tensor.name
        total += tensor.size * used // experts if share else tensor.size
    return total
