"""Model files of the formats before GGUF (`ggml`, `ggmf`, `ggjt`, `ggcc`), checked before an engine maps them.

The engine that runs them believes whatever a file says, so everything that it relies on is checked here.
"""

from backend.ggml.gguf_check import check_gguf
from backend.ggml.model import GgmlModel
from backend.ggml.reader import MODEL_TYPES, read

__all__ = ["MODEL_TYPES", "GgmlModel", "check_gguf", "read"]
