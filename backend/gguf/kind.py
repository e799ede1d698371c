"""What kind of model file a file is, by its first bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path


def kind(path: Path) -> Literal["gguf", "ggml", "safetensors", "unknown"]:
    raise NotImplementedError
