"""GGUF metadata, read within bounds: files come from anywhere (threats.md, "GGUF counts" and "GGUF structure")."""

from backend.gguf.cache import CacheShape, cache_shape
from backend.gguf.kind import kind
from backend.gguf.model import GGUF, SkippedArray, Tensor, Value
from backend.gguf.reader import read

__all__ = ["GGUF", "CacheShape", "SkippedArray", "Tensor", "Value", "cache_shape", "kind", "read"]
