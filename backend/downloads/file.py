"""The queue on disk: one small JSON file, replaced as a whole with each change of a download's state."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from backend.downloads.download import Download
from backend.downloads.state import State
from backend.errors import BackendError
from backend.files import disk_errors, make_private_folders, read_bounded, replace_file
from backend.store import Digest, ModelName

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LIMIT = 16 << 20  # bytes; a model has at most 1,000 blobs
_UNDER_WAY = frozenset({State.RUNNING, State.STALLED})
_log = logging.getLogger(__name__)


class _Entry(msgspec.Struct, kw_only=True):
    id: str
    source: str
    insecure: bool
    state: State
    reason: str
    completed: int
    total: int
    missing: list[str]


class _Document(msgspec.Struct, kw_only=True):
    version: int = 1
    downloads: list[_Entry]


def read(path: Path) -> list[Download]:
    """What a backend left. Nothing, and a line in the log, if that cannot be read. Raises `StoreError`."""
    try:
        with disk_errors("read the downloads"):
            document = msgspec.json.decode(read_bounded(path, _LIMIT), type=_Document)
        return [_download(entry) for entry in document.downloads]
    except (msgspec.DecodeError, BackendError) as error:
        if path.exists():
            _log.warning("the downloads in %s are forgotten: %s", path, error)
        return []


def encode(downloads: Iterable[Download]) -> bytes:
    """The document. Those under way are waiting ones to whoever reads it."""
    entries = [
        _Entry(
            id=item.id,
            source=item.source,
            insecure=item.insecure,
            state=State.WAITING if item.state in _UNDER_WAY else item.state,
            reason="" if item.state in _UNDER_WAY else item.reason,
            completed=item.completed,
            total=item.total,
            missing=[str(digest) for digest in sorted(item.missing)],
        )
        for item in downloads
    ]
    return msgspec.json.encode(_Document(downloads=entries))


def write(path: Path, data: bytes) -> None:
    """Durably. Raises `StoreError`."""
    with disk_errors("write the downloads"):
        make_private_folders(path.parent)
        replace_file(path, data)


def _download(entry: _Entry) -> Download:
    return Download(
        id=entry.id,
        source=entry.source,
        name=ModelName.parse(entry.source),
        insecure=entry.insecure,
        state=entry.state,
        reason=entry.reason,
        completed=entry.completed,
        total=entry.total,
        missing=frozenset(map(Digest.parse, entry.missing)),
    )
