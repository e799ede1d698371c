"""The key that a client shows to a backend: from a private file, never from a command line."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from backend.errors import ConnectFailed
from backend.files import open_regular

if TYPE_CHECKING:
    from pathlib import Path

_SIZE_LIMIT = 4096


def read_key(path: Path) -> str:
    """The one line of a key file. Raises `ConnectFailed`, also if others than its owner may read it."""
    try:
        descriptor = open_regular(path)
    except OSError as error:
        raise ConnectFailed(f"the key file {path} cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise ConnectFailed(f"the key file {path} can be read by others; run: chmod 600 {path}")
        data = file.read(_SIZE_LIMIT + 1)
    try:
        key = data.decode("ascii").strip()
    except UnicodeDecodeError:
        key = ""
    if not key or len(data) > _SIZE_LIMIT or not key.isprintable() or " " in key:
        raise ConnectFailed(f"the key file {path} does not hold one key on one line")
    return key
