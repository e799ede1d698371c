"""Chats as files: what is exported, and read again. Each function may wait for the disk: call it in a thread."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from backend.errors import BackendError
from backend.wire.sessions import ExportedSession

if TYPE_CHECKING:
    from backend.wire.sessions import SessionSummary

MAX_BYTES = 200 << 20  # of a file to import; images are inside
_MAX_NAME = 40  # characters


def path_for(chat: SessionSummary) -> str:
    """A path to offer for an export: the title in the folder where the app was started."""
    words = re.sub(r"[^\w]+", "-", chat.title.lower())[:_MAX_NAME].strip("-_")
    return f"{words or 'chat'}.md"


def is_document(path: str) -> bool:
    """Whether a path asks for JSON with everything, not for Markdown of the branch that is shown."""
    return path.lower().endswith(".json")


def write(path: str, text: bytes) -> str:
    """Write a new file that only its owner may read; where it is. Raises `BackendError`, also if there is one."""
    place = _place(path)
    try:
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(text)
    except FileExistsError:
        raise BackendError(f"{place} is there already; choose another name") from None
    except OSError as error:
        raise BackendError(f"{place} cannot be written: {error.strerror}") from error
    return str(place)


def read(path: str) -> ExportedSession:
    """A document that was exported as JSON. Raises `BackendError`."""
    place = _place(path)
    try:
        if not place.is_file():
            raise BackendError(f"{place} is no file")
        if place.stat().st_size > MAX_BYTES:
            raise BackendError(f"{place} is larger than {MAX_BYTES >> 20} MiB")
        return msgspec.json.decode(place.read_bytes(), type=ExportedSession)
    except OSError as error:
        raise BackendError(f"{place} cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackendError(f"{place} is no chat that was exported as JSON: {error}") from error


def _place(path: str) -> Path:
    try:
        return Path(path.strip()).expanduser().absolute()
    except RuntimeError:
        raise BackendError(f"{path} names a user who is not there") from None
