"""The header of a model's weights, in whichever format they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend import ggml, gguf

if TYPE_CHECKING:
    from pathlib import Path

GGML: Final = "ggml"  # a configuration's `model_format`; its `model_family` is then ctransformers' name of the type


def read_weights(path: Path, model_format: str, model_family: str, *, arrays: bool = False) -> gguf.GGUF:
    """What the file says; `arrays` as in `gguf.read`. Raises `BadGGUF` and `BadGGML`."""
    if model_format == GGML:
        return ggml.read(path, model_family).as_gguf()
    return gguf.read(path, arrays=arrays)
