"""The files of a create request: what they are and what becomes of them (the specification's section F.3)."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from backend import gguf as gguf_files
from backend.conversion.order import ConvertAdapter, ConvertModel, Merge
from backend.errors import BadRequest, InvalidDigest
from backend.modelfile.quantize import progress
from backend.store import Digest
from backend.store.manifest import MODEL
from backend.wire.ollama import Progress

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from backend.modelfile.build import Build

_READ_AS_IT_IS = frozenset({"gguf", "ggml"})
_FILES = 4096  # the largest models have a few hundred
# Names that llama.cpp's `llama-gguf-split` gives.
_PART = re.compile(r"(?P<name>.+)-(?P<number>[0-9]{5})-of-(?P<count>[0-9]{5})\.gguf", re.ASCII)


def digests(files: Mapping[str, str]) -> dict[str, Digest]:
    """The digests of a request.

    Raises `BadRequest` for a file name that leads out of its folder and for too many files, and `InvalidDigest`.
    """
    if len(files) > _FILES:
        raise BadRequest(f"a model of {len(files)} files is more than can be created; the most is {_FILES}", status=413)
    for file in files:
        if "\0" in file or "\\" in file or not _is_clean(file):
            raise BadRequest("file path must be relative")
    if not all(files.values()):
        raise InvalidDigest("invalid digest format")
    return {file: Digest.parse(digest) for file, digest in files.items()}


def read_files(
    build: Build, files: Mapping[str, Digest], *, adapter: bool = False
) -> Generator[Progress, None, list[Digest]]:
    """The GGUF and GGML files that the uploads are: each itself, a split set merged, safetensors files and what lies
    beside them converted.

    `adapter` tells that they are for the model that the build has so far. Raises `BadRequest` for files of another
    kind and for sets that are not whole, and as `Build.convert` does.
    """
    for digest in files.values():
        build.hold(digest)
    ggufs = {file: digest for file, digest in files.items() if gguf_files.kind(build.path(digest)) in _READ_AS_IT_IS}
    paths = {file: build.path(digest) for file, digest in files.items() if file not in ggufs}
    if not any(_is_safetensors(path, file) for file, path in paths.items()):
        return (yield from _read_ggufs(build, files))
    named = {file: str(path) for file, path in paths.items()}
    order = _adapter_order(build, named) if adapter else ConvertModel(named)
    status = f"converting {'adapter' if adapter else 'model'}"
    yield Progress(status=status)
    converted = yield from progress(build.convert(order), status)
    yield Progress(status="verifying conversion")
    return [converted, *(yield from _read_ggufs(build, ggufs))]


def _read_ggufs(build: Build, files: Mapping[str, Digest]) -> Generator[Progress, None, list[Digest]]:
    found: list[Digest] = []
    sets: dict[str, dict[str, Digest]] = {}
    for file, digest in files.items():
        kind = gguf_files.kind(build.path(digest))
        yield Progress(status="parsing GGML" if kind == "ggml" else "parsing GGUF")
        if kind not in _READ_AS_IT_IS:
            raise BadRequest("supplied file was not in GGUF format" if file.endswith(".gguf") else "unknown type")
        match = _PART.fullmatch(file)
        if match is None or int(match["count"]) == 1:
            found.append(digest)
        else:
            sets.setdefault(match["name"], {})[file] = digest
    for name, parts in sets.items():
        paths = [str(build.path(digest)) for digest in _in_order(name, parts)]
        found.append((yield from progress(build.convert(Merge(paths)), "merging GGUF files")))
    return found


def _adapter_order(build: Build, paths: dict[str, str]) -> ConvertAdapter:
    weights = build.layers(MODEL)
    if not weights:
        raise BadRequest("the adapter has no model to go with")
    if build.is_old:
        raise BadRequest("the model's engine, ctransformers, takes no LoRA adapters")
    base = gguf_files.read(build.path(weights[-1].digest))
    return ConvertAdapter(paths, base.architecture, base.head_count, base.head_count_kv, base.key_length)


def _is_safetensors(path: Path, file: str) -> bool:
    kind = gguf_files.kind(path)
    return kind == "safetensors" or (kind == "unknown" and file.endswith(".safetensors"))


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
