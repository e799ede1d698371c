"""From a GGUF's metadata to what the scheduler may know of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.ggml.cache import element_bytes, keeps_whole_context
from backend.gguf import SkippedArray, cache_shape
from backend.scheduler.demand import ModelFacts

if TYPE_CHECKING:
    from backend.gguf import GGUF

_KV_ELEMENT_BYTES = 2
_USUAL_CONTEXT = 2048  # of the models whose old formats do not say it


def facts_of(gguf: GGUF, file_size: int, *, sees: bool) -> ModelFacts:
    """`file_size` in bytes, of the weights and what comes with them; `sees`: it has a projector."""
    shape = cache_shape(gguf)
    is_ggml = gguf.version == 0
    element = element_bytes(gguf.architecture) if is_ggml else _KV_ELEMENT_BYTES
    return ModelFacts(
        file_size=file_size,
        trained_context=gguf.context_length,
        kv_bytes_per_token=shape.full * element,
        pools=gguf.pooling_type is not None,
        architecture=gguf.architecture,
        sees=sees,
        window=shape.window,
        windowed_kv_bytes_per_token=shape.windowed * element,
        layers=gguf.block_count,
        layer_bytes=sum(tensor.size for tensor in gguf.tensors if tensor.name.startswith("blk.")),
        output_bytes=_output_bytes(gguf),
        vocabulary=_vocabulary(gguf),
        width=gguf.embedding_length,
        feed_forward=gguf.figure("feed_forward_length"),
        whole_context=gguf.context_length if is_ggml and keeps_whole_context(gguf.architecture) else 0,
        usual_context=_USUAL_CONTEXT if is_ggml else 0,
    )


def _output_bytes(gguf: GGUF) -> int:
    """The last matrix; a model that has none uses the one of its input embedding."""
    sizes = {tensor.name: tensor.size for tensor in gguf.tensors}
    return sizes.get("output.weight", sizes.get("token_embd.weight", 0))


def _vocabulary(gguf: GGUF) -> int:
    tokens = gguf.metadata.get("tokenizer.ggml.tokens")
    if isinstance(tokens, SkippedArray):
        return tokens.length
    return len(tokens) if isinstance(tokens, list) else gguf.figure("vocab_size")
