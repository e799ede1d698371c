"""What FROM and ADAPTER of a Modelfile name: files on this machine, or a model of the backend (section F.1)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from backend.errors import BadModelfile

if TYPE_CHECKING:
    from collections.abc import Callable

_CHUNK = 1 << 20
_PATH_STARTS = ("/", "./", "../", "~")
_PATH_ENDS = (".gguf", ".bin")


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file to upload. `digest` is `sha256:…` of its bytes."""

    path: Path
    digest: str


def find_file(value: str, folder: Path) -> Path | None:
    """The file that `value` names, seen from the Modelfile's `folder`; `None` if it is the name of a model.

    A directory stands for the one `.gguf` file in it. Raises `BadModelfile` for a path that leads nowhere.
    """
    try:
        path = folder / Path(value).expanduser()
    except RuntimeError as error:
        raise BadModelfile(f"{value}: {error}") from error
    if path.is_dir():
        return _only_model(path)
    if path.is_file():
        return path
    if value.startswith(_PATH_STARTS) or value.lower().endswith(_PATH_ENDS) or path.exists():
        raise BadModelfile(f"no such file: {value}")
    return None


def _only_model(folder: Path) -> Path:
    models = sorted(path for path in folder.glob("*.gguf") if path.is_file())
    if not models:
        raise BadModelfile(f"no .gguf file in {folder}; only GGUF models can be imported")
    if len(models) > 1:
        raise BadModelfile(f"several .gguf files in {folder}: name one of {', '.join(path.name for path in models)}")
    return models[0]


def hash_file(path: Path, progress: Callable[[int, int], None]) -> LocalFile:
    """Read the whole file once. `progress` hears the bytes read and the bytes in all."""
    sha, done = hashlib.sha256(), 0
    total = path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha.update(chunk)
            done += len(chunk)
            progress(done, total)
    return LocalFile(path, f"sha256:{sha.hexdigest()}")
