"""What a runner is started with."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from backend.engine_choice import EngineName


class RunnerSpec(Struct, frozen=True, kw_only=True):
    """Everything that a runner needs to load a model. Sizes in tokens unless said.

    `n_ctx` is the context length of one slot; the engine's context is `n_ctx * slots`. `gpu_layers` below 0 leaves
    the choice to the engine. `threads` 0 does likewise. `pooling` is set where embeddings are pooled by us, because
    the model does not say how.
    """

    id: str
    engine: EngineName = EngineName.LLAMA_CPP
    model: str  # path of the weights
    n_ctx: int
    slots: int
    n_batch: int
    gpu_layers: int = -1
    main_gpu: int | None = None
    use_mmap: bool | None = None
    threads: int = 0
    flash_attention: str = "auto"  # auto | on | off
    kv_cache_type: str = ""
    context_shift: bool = True
    pooling: str = "mean"  # "" leaves it to the model
    adapters: tuple[str, ...] = ()
    projector: str = ""
    model_type: str = ""  # the family of a GGML model whose file does not tell it


class RunnerOrder(Struct, frozen=True, kw_only=True):
    """The one line that a parent writes to its child's standard input, so that the key is on no command line."""

    spec: RunnerSpec
    socket: str
    key: str
    parent: int  # process id of who must stay alive


def media_marker(key: str) -> str:
    """What stands for an image in prompts to the runner with this key. No prompt can hold it by design."""
    return f"<media-{hashlib.sha256(key.encode()).hexdigest()[:32]}>"
