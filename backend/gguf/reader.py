"""Reads the metadata and the tensor table of a GGUF file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from backend.gguf.model import GGUF


def read(path: Path, *, arrays: bool = False) -> GGUF:
    """Raises `BadGGUF`."""
    raise NotImplementedError
