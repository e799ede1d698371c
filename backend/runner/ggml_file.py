"""The file of a model for ctransformers, checked before the library sees it, which believes whatever a file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend import ggml, gguf
from backend.errors import BadGGUF
from backend.ggml.cache import element_bytes
from backend.runner.ggml_batch import Shape

if TYPE_CHECKING:
    from pathlib import Path

_GGUF_MAGIC = b"GGUF"
_POOLLESS = ("llama", "falcon")  # families that compute in buffers that fit their models
_F16_BYTES = 2


@dataclass(frozen=True, slots=True)
class ModelFile:
    """`model_type` is what the library must be told; `cache_bytes` are of the KV cache for each token of context."""

    model_type: str
    family: str
    size: int  # bytes of the file
    layers: int
    width: int
    heads: int
    cache_bytes: int

    @classmethod
    def read(cls, path: Path, model_type: str) -> ModelFile:
        """`model_type` as in `backend.ggml.read`. Raises `BadGGML` or `BadGGUF` for a file that cannot be trusted."""
        with path.open("rb") as file:
            is_gguf = file.read(len(_GGUF_MAGIC)) == _GGUF_MAGIC
        return cls._of_gguf(path) if is_gguf else cls._of_ggml(path, model_type)

    @classmethod
    def _of_ggml(cls, path: Path, model_type: str) -> ModelFile:
        model = ggml.read(path, model_type)
        width = model.n_embd // model.n_head * model.n_head_kv
        return cls(
            model_type=model.model_type,
            family=model.model_type,
            size=path.stat().st_size,
            layers=model.n_layer,
            width=model.n_embd,
            heads=model.n_head,
            cache_bytes=2 * model.n_layer * width * element_bytes(model.model_type),
        )

    @classmethod
    def _of_gguf(cls, path: Path) -> ModelFile:
        ggml.check_gguf(path)
        model = gguf.read(path)
        if model.architecture not in _POOLLESS:
            raise BadGGUF(f"of GGUF files ctransformers runs only llama and falcon models, not {model.architecture!r}")
        return cls(
            model_type="gguf",
            family=model.architecture,
            size=path.stat().st_size,
            layers=model.block_count,
            width=model.embedding_length,
            heads=model.head_count,
            cache_bytes=gguf.cache_shape(model).full * _F16_BYTES,
        )

    @property
    def computes_in_pool(self) -> bool:
        """Whether `ggml_batch` must say how much may be evaluated at once."""
        return self.family not in _POOLLESS

    def shape(self, n_ctx: int) -> Shape:
        return Shape(self.layers, self.width, self.heads, n_ctx)
