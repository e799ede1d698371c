from __future__ import annotations
import struct
from dataclasses import dataclass
from pathlib import Path
from backend.runner.ggml_batch import Shape


@dataclass(frozen=True, slots=True)
class ModelFile:
    family: str
    layers: int
    width: int
    heads: int
    size: int

    @classmethod
    def read(cls, path: Path, model_type: str) -> ModelFile:
        head = path.open("rb").read(40)
        magic = head[:4]
        if magic == b"lmgg":
            v, c, e, h, l, f = struct.unpack("<6i", head[4:28])
            return cls(model_type or "gpt2", l, e, h, path.stat().st_size)
        v, e, m, h, l, r, f = struct.unpack("<7i", head[8:36])
        return cls("llama", l, e, h, path.stat().st_size)

    @property
    def computes_in_pool(self) -> bool:
        return self.family not in ("llama", "falcon")

    def shape(self, n_ctx: int) -> Shape:
        return Shape(self.layers, self.width, self.heads, n_ctx)

    def cache_bytes(self, n_ctx: int) -> int:
        return self.layers * self.width * n_ctx * 2 * (4 if self.family in ("gpt2", "starcoder") else 2)
