"""A model of safetensors files as one GGUF file."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from backend.conversion.checkpoint import Checkpoint, StoredTensor
from backend.conversion.family import Family, architecture_of, family_of, model_entries, permute, rope_factors
from backend.conversion.ggml import convert
from backend.conversion.mixture import TARGETS
from backend.conversion.output import Output, Part
from backend.conversion.source import CHUNK
from backend.conversion.special import special_entries
from backend.conversion.vocabulary import read_vocabulary
from backend.errors import BadRequest
from backend.gguf import writer
from backend.gguf.writer import PlannedTensor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_EMBEDDINGS = "token_embd.weight"


def convert_model(files: Mapping[str, Path], output: Output) -> None:
    """Writes the model as F16, or as BF16 if it is stored so; vectors are F32.

    Raises `BadRequest` for a model that cannot be converted, with what is missing or not known, `ConversionFailed` for
    numbers that F16 cannot express, and `StoreError`.
    """
    with Checkpoint(files) as checkpoint:
        config = checkpoint.document("config.json")
        for name in ("config.json", "tokenizer.json"):
            if not checkpoint.has(name):
                beside = "; tokenizer.model alone is not enough" if checkpoint.has("tokenizer.model") else ""
                raise BadRequest(f"{name} is missing: give all files of the model's folder{beside}")
        architecture_of(config)
        family = family_of(config)
        tensors = _named(checkpoint, family, tied=config.values.get("tie_word_embeddings") is True)
        if _EMBEDDINGS not in tensors:
            raise BadRequest("the safetensors files hold no embeddings: one of them is missing")
        rows = tensors[_EMBEDDINGS].shape[0]
        vocabulary = read_vocabulary(checkpoint.document("tokenizer.json"), rows)
        kind = "BF16" if any(tensor.kind == "BF16" for tensor in tensors.values()) else "F16"
        entries = [
            writer.text("general.architecture", family.architecture),
            writer.text("general.type", "model"),
            writer.uint32("general.file_type", TARGETS[kind].file_type),
            writer.uint32("general.quantization_version", 2),
            *model_entries(config, family, rows),
            *vocabulary.entries(),
            *special_entries(checkpoint, vocabulary.ids),
        ]
        parts = [_part(family, name, tensor, kind) for name, tensor in tensors.items()]
        if factors := rope_factors(config, family):
            data = struct.pack(f"<{len(factors)}f", *factors)
            parts.append(Part(PlannedTensor("rope_freqs.weight", "F32", (len(factors),)), len(data), [data]))
        output.write_gguf([[entry] for entry in entries], parts)


def pieces(tensor: StoredTensor, kind: str, heads: int) -> Iterator[bytes]:
    """The tensor's bytes in the type `kind`; the rows of each head permuted unless `heads` is 0."""
    if not heads:
        for offset in range(0, tensor.size, CHUNK):
            yield convert(tensor.read(offset, min(CHUNK, tensor.size - offset)), tensor.kind, kind)
        return
    head_size, row_size = tensor.size // heads, tensor.size // tensor.shape[0]
    for head in range(heads):
        yield convert(permute(tensor.read(head * head_size, head_size), row_size), tensor.kind, kind)


def _named(checkpoint: Checkpoint, family: Family, *, tied: bool) -> dict[str, StoredTensor]:
    """The tensors under llama.cpp's names, in its order."""
    renamed: dict[str, StoredTensor] = {}
    for stored, tensor in checkpoint.tensors().items():
        name = family.rename(stored)
        if name in renamed:
            raise BadRequest(f"the model has two tensors for {name}, one of them {stored[:80]!r}")
        if name:
            renamed[name] = tensor
    if tied:
        renamed.pop("output.weight", None)  # the embeddings once more
    return dict(sorted(renamed.items()))


def _part(family: Family, name: str, tensor: StoredTensor, kind: str) -> Part:
    heads = family.permuted_heads(name)
    if heads and tensor.shape[0] != heads * family.head_length:
        raise BadRequest(f"config.json says that there are {heads} heads, which the tensor {name} does not have")
    own = "F32" if len(tensor.shape) == 1 else kind
    return Part(PlannedTensor(name, own, tensor.shape[::-1]), tensor.size, pieces(tensor, own, heads))
