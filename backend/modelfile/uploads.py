"""The files of a create request: what they are and what becomes of them (the specification's section F.3)."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from backend import gguf as gguf_files
from backend.conversion.order import Merge
from backend.errors import BadRequest, InvalidDigest
from backend.modelfile.quantize import progress
from backend.store import Digest
from backend.wire.ollama import Progress

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from backend.modelfile.build import Build

# Names that llama.cpp's `llama-gguf-split` gives.
_PART = re.compile(r"(?P<name>.+)-(?P<number>[0-9]{5})-of-(?P<count>[0-9]{5})\.gguf", re.ASCII)


def digests(files: Mapping[str, str]) -> dict[str, Digest]:
    """The digests of a request. Raises `BadRequest` for a file name that leads out of its folder, `InvalidDigest`."""
    for file in files:
        if "\0" in file or "\\" in file or not _is_clean(file):
            raise BadRequest("file path must be relative")
    if not all(files.values()):
        raise InvalidDigest("invalid digest format")
    return {file: Digest.parse(digest) for file, digest in files.items()}


def read_files(build: Build, files: Mapping[str, Digest]) -> Generator[Progress, None, list[Digest]]:
    """The GGUF files that the uploads are: each file itself, and each split set merged into one.

    Raises `BadRequest` for files of another kind and for sets that are not whole, and as `Build.convert` does.
    """
    found: list[Digest] = []
    sets: dict[str, dict[str, Digest]] = {}
    for file, digest in files.items():
        yield Progress(status="parsing GGUF")
        build.hold(digest)
        _expect_gguf(build.path(digest), file)
        match = _PART.fullmatch(file)
        if match is None or int(match["count"]) == 1:
            found.append(digest)
        else:
            sets.setdefault(match["name"], {})[file] = digest
    for name, parts in sets.items():
        paths = [str(build.path(digest)) for digest in _in_order(name, parts)]
        found.append((yield from progress(build.convert(Merge(paths)), "merging GGUF files")))
    return found


def _in_order(name: str, parts: Mapping[str, Digest]) -> Sequence[Digest]:
    matches = sorted((match["count"], match["number"], file) for file in parts if (match := _PART.fullmatch(file)))
    count = int(matches[0][0])
    if any(int(other) != count for other, _, _ in matches):
        raise BadRequest(f"the files of the split GGUF set '{name}' disagree about how many they are")
    numbers = [int(number) for _, number, _ in matches]
    if unknown := [number for number in numbers if not 1 <= number <= count]:
        raise BadRequest(f"the split GGUF set '{name}' has a file {unknown[0]} of {count}")
    if len(numbers) < count:
        missing = next(number for number in range(1, count + 1) if number not in numbers)
        raise BadRequest(f"the split GGUF set '{name}' is incomplete: file {missing} of {count} is missing")
    return [parts[file] for _, _, file in matches]


def _is_clean(file: str) -> bool:
    """Whether the name is relative and in its shortest form: nothing in it leads out of its folder."""
    path = PurePosixPath(file)
    return str(path) == file != "." and not path.is_absolute() and ".." not in path.parts


def _expect_gguf(path: Path, file: str) -> None:
    """Tells a file that is no GGUF apart, as far as its first bytes and its name do."""
    kind = gguf_files.kind(path)
    if kind == "safetensors" or (kind == "unknown" and file.endswith(".safetensors")):
        raise BadRequest(
            "safetensors models are not supported by this version; convert the model to GGUF with llama.cpp's "
            "convert_hf_to_gguf.py and create it from the result"
        )
    if kind == "ggml":
        raise BadRequest("models in GGML formats older than GGUF are not supported by this version; use a GGUF file")
    if kind != "gguf":
        raise BadRequest("supplied file was not in GGUF format" if file.endswith(".gguf") else "unknown type")
