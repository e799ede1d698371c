"""What a request needs of a runner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend.engine_choice import Choice, EngineName

if TYPE_CHECKING:
    from pathlib import Path


_LLAMA_CPP: Final = Choice(EngineName.LLAMA_CPP, "reads GGUF files")


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """The options that are fixed when a model is loaded; another value means another load (section H).

    `None` leaves the choice to the scheduler. `num_ctx` in tokens of one slot. The last two are set by Puna's own
    loads alone.
    """

    num_ctx: int | None = None
    num_batch: int | None = None
    num_gpu: int | None = None
    main_gpu: int | None = None
    use_mmap: bool | None = None
    num_thread: int | None = None
    shift: bool = True
    kv_cache_type: str | None = None
    num_parallel: int | None = None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the weights' metadata says. Sizes in bytes, lengths in tokens, 0 where the file is silent."""

    file_size: int  # of all files
    trained_context: int
    kv_bytes_per_token: int  # K and V at 16 bits, of the layers that see the whole context
    pools: bool  # an embedding model that says how it pools
    architecture: str = ""
    sees: bool = False  # it has a projector: an image takes hundreds of tokens
    window: int = 0
    windowed_kv_bytes_per_token: int = 0  # of the layers that see the last `window` tokens only
    layers: int = 0
    layer_bytes: int = 0  # of all layers together
    output_bytes: int = 0
    vocabulary: int = 0  # tokens
    width: int = 0  # elements of an activation
    feed_forward: int = 0  # elements of the widest activation in a layer
    whole_context: int = 0  # tokens that the cache has room for however short the context is
    usual_context: int = 0  # the length to choose where the file does not say what the model was trained for


@dataclass(frozen=True, slots=True)
class Demand:
    """A model with the options it must be loaded with. Names that share `key` share a runner."""

    key: str  # digest of the weights
    name: str
    weights: Path
    adapters: tuple[Path, ...]
    projectors: tuple[Path, ...]
    facts: ModelFacts
    options: LoadOptions
    automatic_context: bool = False  # `options.num_ctx` was chosen by the scheduler
    model_type: str = ""  # the family of a GGML model, which its file may not tell
    engine: Choice = _LLAMA_CPP
