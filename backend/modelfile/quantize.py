"""The `quantize` field of a create request (the specification's section F.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend import gguf as gguf_files
from backend.conversion.mixture import TARGETS
from backend.conversion.order import Quantize
from backend.errors import BadRequest
from backend.store.manifest import MODEL
from backend.wire.ollama import Progress

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from backend.conversion.order import Progressed
    from backend.gguf import GGUF
    from backend.modelfile.build import Build
    from backend.store import Digest

_ALIASES = {"Q4_K": "Q4_K_M"}
_SOURCES = {0: "F32", 1: "F16", 32: "BF16"}  # by `general.file_type`
_DIGEST = "0" * 19  # of a file that has none yet: clients tell bars apart by it


def parse_type(text: str) -> str:
    """A key of `TARGETS`, whatever the case of `text`; empty for an empty one. Raises `BadRequest` for any other."""
    name = _ALIASES.get(text.upper(), text.upper())
    if name and name not in TARGETS:
        raise BadRequest(f"unsupported quantization type {text} - supported types are F32, F16, Q4_K_S, Q4_K_M, Q8_0")
    return name


def quantize(build: Build, media_type: str, target: str) -> Iterator[Progress]:
    """Quantises the layers of the type; one that is of the type `target` already stays.

    Raises `BadRequest` for a model whose numbers have lost precision before, and as `Build.convert` does.
    """
    if media_type == MODEL and build.is_old:
        raise BadRequest("models in formats before GGUF cannot be quantised; take the original model, or a GGUF of it")
    for layer in build.layers(media_type):
        path = build.path(layer.digest)
        source = _source_type(gguf_files.read(path))
        if source == target:
            continue
        converting = build.convert(Quantize(str(path), target))
        digest = yield from progress(converting, f"quantizing {source} model to {target}")
        yield Progress(status="verifying conversion")
        build.replace(layer, digest)


def progress(steps: Generator[Progressed, None, Digest], status: str) -> Generator[Progress, None, Digest]:
    """A conversion's steps as clients see them."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            digest: Digest = end.value
            return digest
        yield Progress(status=status, digest=_DIGEST, total=step.total, completed=step.completed)


def _source_type(gguf: GGUF) -> str:
    types = {tensor.type_name for tensor in gguf.tensors}
    stated = gguf.get_int("general.file_type")
    if stated not in _SOURCES or any(name.startswith(("Q", "IQ", "TQ", "MX", "NV")) for name in types):
        raise BadRequest("quantization is only supported for F16, BF16 and F32 models")
    if "general.file_type" in gguf.metadata:
        return _SOURCES[stated]
    return next((name for name in ("F16", "BF16") if name in types), "F32")
