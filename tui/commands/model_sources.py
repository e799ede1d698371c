"""What FROM, ADAPTER and DRAFT of a Modelfile name: files on this machine, or a model of the backend (section F.1)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from backend.errors import BadModelfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNK = 1 << 20
_PATH_STARTS = ("/", "./", "../", "~")
_PATH_ENDS = (".gguf", ".bin", ".safetensors")
# What a folder stands for: the first of these that it has.
_WEIGHTS = (
    ("model*.safetensors", "*/model*.safetensors"),
    ("consolidated*.safetensors",),
    ("adapters.safetensors", "adapter_model.safetensors"),
    ("*.gguf",),
)
_BESIDE_SAFETENSORS = ("*.json", "*/*.json", "chat_template.jinja", "tokenizer.model")
_GGML_MAGICS = (b"lmgg", b"fmgg", b"tjgg", b"ccgg")  # PyTorch's files are named likewise
_PYTORCH = ("pytorch_model*.bin", "consolidated*.pth", "*.bin")
_PART = re.compile(r"(.+)-[0-9]{5}-of-([0-9]{5})\.gguf", re.ASCII)  # of a split set


@dataclass(frozen=True, slots=True)
class Source:
    """A file and the name under which it is given: relative, with `/`."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file to upload. `digest` is `sha256:…` of its bytes."""

    name: str
    path: Path
    digest: str


def find_files(value: str, folder: Path) -> list[Source]:
    """The files that `value` names, seen from the Modelfile's `folder`; none if it is the name of a model.

    A directory stands for the model in it, one file of a split GGUF set for all of them. Raises `BadModelfile` for a
    path that leads nowhere or out of its directory.
    """
    try:
        path = folder / Path(value).expanduser()
    except RuntimeError as error:
        raise BadModelfile(f"{value}: {error}") from error
    if path.is_dir():
        return _model_in(path)
    if path.is_file():
        return [Source(part.name, part) for part in _set_of(path)]
    if value.startswith(_PATH_STARTS) or value.lower().endswith(_PATH_ENDS) or path.exists():
        raise BadModelfile(f"no such file: {value}")
    return []


def hash_file(source: Source, progress: Callable[[int, int], None]) -> LocalFile:
    """Read the whole file once. `progress` hears the bytes read and the bytes in all."""
    sha, done = hashlib.sha256(), 0
    total = source.path.stat().st_size
    with source.path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha.update(chunk)
            done += len(chunk)
            progress(done, total)
    return LocalFile(source.name, source.path, f"sha256:{sha.hexdigest()}")


def _model_in(folder: Path) -> list[Source]:
    for patterns in _WEIGHTS:
        weights = list(_glob(folder, patterns))
        if weights and patterns == ("*.gguf",):
            return weights
        if weights:
            return [*weights, *_glob(folder, _BESIDE_SAFETENSORS)]
    if ggml := [source for source in _glob(folder, ("*.bin",)) if _is_ggml(source.path)]:
        return ggml
    if any(True for _ in _glob(folder, _PYTORCH)):
        raise BadModelfile(f"the model in {folder} is in PyTorch's format; convert it to safetensors or GGUF first")
    raise BadModelfile(f"no Modelfile or safetensors files found in {folder}, and no .gguf file")


def _is_ggml(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in _GGML_MAGICS


def _glob(folder: Path, patterns: tuple[str, ...]) -> Iterator[Source]:
    root = folder.resolve()
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            if path.is_file():
                if not path.resolve().is_relative_to(root):
                    raise BadModelfile(f"insecure path: {path}")
                yield Source(path.relative_to(folder).as_posix(), path)


def _set_of(path: Path) -> list[Path]:
    match = _PART.fullmatch(path.name)
    if match is None:
        return [path]
    return [
        other
        for other in sorted(path.parent.iterdir())
        if (found := _PART.fullmatch(other.name)) and found.groups() == match.groups() and other.is_file()
    ]
