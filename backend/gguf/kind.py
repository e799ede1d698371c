"""What kind of model file a file is, by its first bytes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, TypeAlias

from backend.errors import BadGGUF
from backend.files import open_regular

if TYPE_CHECKING:
    from pathlib import Path

Kind: TypeAlias = Literal["gguf", "ggml", "safetensors", "unknown"]

# The magic numbers 0x67676d6c (ggml), 0x67676d66 (ggmf), 0x67676a74 (ggjt) and 0x67676363 (ggcc), stored with the low
# byte first.
_GGML_MAGICS = (b"lmgg", b"fmgg", b"tjgg", b"ccgg")


def kind(path: Path) -> Kind:
    """Reads nine bytes. A GGUF of any version counts as one. Raises `BadGGUF` if the file cannot be opened."""
    try:
        descriptor = open_regular(path)
    except OSError as error:
        raise BadGGUF(f"cannot open the model file: {error.strerror}") from error
    try:
        head = os.pread(descriptor, 9, 0)
        size = os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)
    if head.startswith(b"GGUF"):
        return "gguf"
    if head.startswith(_GGML_MAGICS):
        return "ggml"
    # Safetensors: the length of a JSON object, then the object.
    if head[8:9] == b"{" and 8 + int.from_bytes(head[:8], "little") <= size:
        return "safetensors"
    return "unknown"
