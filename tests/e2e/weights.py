"""Copies of real weights with a few bytes of their header changed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HEADER_BYTES = 4 << 20


def edited(source: Path, target: Path, old: bytes, new: bytes) -> Path:
    """`target`: `source` with the first `old` of its header replaced by `new`, which is as long."""
    assert len(old) == len(new)
    with source.open("rb") as file:
        place = file.read(_HEADER_BYTES).index(old)
    shutil.copyfile(source, target)
    with target.open("r+b") as file:
        file.seek(place)
        file.write(new)
    return target
