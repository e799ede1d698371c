from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadGGUF
from backend.gguf import kind
from tests.fakes.gguf_file import gguf_bytes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (gguf_bytes(), "gguf"),
        (b"GGUF\x01\0\0\0", "gguf"),
        (struct.pack("<I", 0x67676D6C), "ggml"),
        (struct.pack("<II", 0x67676D66, 1), "ggml"),
        (struct.pack("<II", 0x67676A74, 3), "ggml"),
        (struct.pack("<II", 0x67676363, 10), "ggml"),
        (struct.pack("<Q", 2) + b"{}", "safetensors"),
        (struct.pack("<Q", 1 << 40) + b"{}", "unknown"),
        (b"", "unknown"),
        (b"PK\x03\x04" + bytes(20), "unknown"),
    ],
)
def test_the_first_bytes_tell_the_kind(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "model"
    path.write_bytes(content)
    assert kind(path) == expected


def test_a_link_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(BadGGUF, match="cannot open"):
        kind(tmp_path / "link")
