from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.errors import ConnectFailed
from backend.key_file import read_key

if TYPE_CHECKING:
    from pathlib import Path


def test_a_private_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "box.key"
    path.write_text("pk-0123\n")
    path.chmod(0o600)
    assert read_key(path) == "pk-0123"


@pytest.mark.parametrize(
    ("data", "mode", "message"),
    [
        (b"pk-0123", 0o640, "can be read by others; run: chmod 600"),
        (b"", 0o600, "one key on one line"),
        (b"two\nlines", 0o600, "one key on one line"),
        (b"\xff", 0o600, "one key on one line"),
        (b"x" * 5000, 0o600, "one key on one line"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, data: bytes, mode: int, message: str) -> None:
    path = tmp_path / "box.key"
    path.write_bytes(data)
    path.chmod(mode)
    with pytest.raises(ConnectFailed, match=message):
        read_key(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConnectFailed, match=r"box\.key cannot be read"):
        read_key(tmp_path / "box.key")
