"""Reads and checks a GGML file: magic, header, vocabulary, and every tensor against the header and the file's size."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from backend.errors import BadGGML
from backend.files import open_regular
from backend.ggml.layouts import FALCON_7B, FALCON_40B, GPT2, GPT_NEOX, LLAMA, UNVERSIONED, Layout
from backend.ggml.model import GgmlModel
from backend.ggml.tensors import Header, file_type, read_tensors
from backend.gguf.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# ctransformers' names of the families.
MODEL_TYPES = tuple(sorted({name for layout in (*UNVERSIONED, LLAMA, FALCON_7B) for name in layout.families}))

# The magic numbers, stored with the low byte first.
_FORMATS = {b"lmgg": "ggml", b"fmgg": "ggmf", b"tjgg": "ggjt", b"ccgg": "ggcc"}
_VERSIONS = {"ggmf": (1,), "ggjt": (1, 2, 3), "ggcc": (10,)}

# Bounds on what one file may cost and on what the engine's arithmetic bears, above any real model.
_MOST = {"vocab": 1 << 19, "merges": 1 << 19, "ctx": 1 << 20, "embd": 1 << 17, "head": 1 << 12, "head_kv": 1 << 12}
_MOST |= {"layer": 1 << 10, "rot": 1 << 12, "mult": 1 << 17, "size": 1 << 10, "parallel": 1}
_MAY_BE_ZERO = frozenset({"parallel", "ftype", "alibi", "clip", "rot"})
_FLOATS = frozenset({"alibi", "clip"})
_TOKEN_BYTES = 1 << 16

# The engine takes these tokens for granted: bytes 0 to 255 after three marks; twelve special ones.
# Bytes that texts are made of: falcon's tokenizer falls over one that is no token.
_TEXT_BYTES = frozenset(bytes([byte]) for byte in (9, 10, *range(0x20, 0x7F), *range(0x80, 0xC0), *range(0xC2, 0xF5)))
_LEAST_VOCABULARY = {"llama": 3 + 256, "falcon": 12}
# Tokens that tell the second family of a layout from the first.
_MARKS: Mapping[tuple[str, ...], frozenset[bytes]] = {
    GPT2.families: frozenset({b"<fim_prefix>", b"<fim-prefix>", b"<fim_middle>", b"<fim-middle>"}),
    GPT_NEOX.families: frozenset({b"### End", b"### Instruction:", b"### Response:"}),
}


def read(path: Path, model_type: str = "") -> GgmlModel:
    """Reads and checks all but the tensors' numbers, in time and memory bound by the bytes read.

    `model_type` is the family (one of `MODEL_TYPES`, or `gpt_bigcode`) where the file itself cannot tell it. Raises
    `BadGGML` for a file that cannot be opened, is damaged, cut off, lies, is of a family that cannot be told, or is
    in a form that the engine does not run.
    """
    wanted = "starcoder" if model_type == "gpt_bigcode" else model_type
    if wanted and wanted not in MODEL_TYPES:
        raise BadGGML(f"unknown model_type '{model_type[:80]}'; it is one of {', '.join(MODEL_TYPES)}")
    try:
        descriptor = open_regular(path)
    except OSError as error:
        raise BadGGML(f"cannot open the GGML file: {error.strerror}") from error
    try:
        return _Reader(descriptor, wanted).read()
    except OSError as error:
        raise BadGGML(f"cannot read the GGML file: {error.strerror}") from error
    finally:
        os.close(descriptor)


class _Reader:
    """One reading of one file."""

    def __init__(self, descriptor: int, wanted: str) -> None:
        self._descriptor = descriptor
        self._source = Source(descriptor, error=BadGGML)
        self._wanted = wanted
        self._format = ""
        self._version = 0
        self._tokens: list[bytes] = []

    def read(self) -> GgmlModel:
        self._read_magic()
        layouts = self._layouts()
        start, failure, furthest = self._source.position, BadGGML("the GGML file is empty"), -1
        for layout in layouts:
            self._source = Source(self._descriptor, error=BadGGML)
            self._source.skip(start)
            try:
                return self._read_as(layout)
            except BadGGML as error:
                # The reading that got furthest is the one that was meant; its reason is the one to be told.
                if self._source.position > furthest:
                    failure, furthest = error, self._source.position
        raise failure

    def _read_magic(self) -> None:
        magic = self._source.take(4) if self._source.size >= 4 else b""
        if magic not in _FORMATS:
            raise BadGGML("the file is not in GGML format")
        self._format = _FORMATS[magic]
        if self._format in _VERSIONS:
            self._version = self._source.uint32()
            if self._version not in _VERSIONS[self._format]:
                raise BadGGML(f"version {self._version} of the format '{self._format}' is not known")

    def _layouts(self) -> Sequence[Layout]:
        if self._format == "ggml":
            if self._wanted in {"llama", "falcon"}:
                raise BadGGML(
                    f"{self._wanted} files in the first format, 'ggml', hold no tokenizer that the engine can use; "
                    "use a GGUF file"
                )
            return [layout for layout in UNVERSIONED if not self._wanted or self._wanted in layout.families]
        layouts = (FALCON_7B, FALCON_40B) if self._format == "ggcc" else (LLAMA,)
        family = layouts[0].families[0]
        if self._wanted not in {"", family}:
            raise BadGGML(f"files in the format '{self._format}' are of the type {family}, not {self._wanted}")
        return layouts

    def _read_as(self, layout: Layout) -> GgmlModel:
        header = self._header(layout)
        self._read_vocabulary(layout, header)
        # Only here, where a file of another layout has failed already: so the reason told is that of the right one.
        header.check(layout.families[0])
        quantisation = file_type(header, self._format, self._version)
        tensors = read_tensors(self._source, header, layout, aligned=self._format in {"ggjt", "ggcc"})
        family = self._family(layout)
        self._check_vocabulary(family)
        return GgmlModel(
            format=self._format,
            version=self._version,
            model_type=family,
            n_vocab=header.vocab,
            n_ctx=header.ctx,
            n_embd=header.embd,
            n_head=header.head,
            n_head_kv=header.head_kv or header.head,
            n_layer=header.layer,
            n_rot=header.rot,
            n_ff=header.sizes["F" if family == "llama" else "E"] * (1 if family == "llama" else 4),
            file_type=quantisation,
            tensors=tensors,
            parameter_count=sum(math.prod(tensor.shape) for tensor in tensors),
        )

    def _header(self, layout: Layout) -> Header:
        source, values = self._source, dict[str, int]()
        for name in layout.header:
            value = values[name] = source.uint32()
            if name not in _FLOATS and not (name not in _MAY_BE_ZERO) <= value <= _MOST.get(name, 1 << 16):
                raise BadGGML(f"the header of the GGML file says {name} = {value}, which cannot be")
        if layout.repeats_vocabulary_size and source.uint32() != values["vocab"]:
            raise BadGGML("the header of the GGML file gives the vocabulary two sizes")
        return Header(**{name: value for name, value in values.items() if name not in _FLOATS | {"parallel"}})

    def _read_vocabulary(self, layout: Layout, header: Header) -> None:
        source = self._source
        self._tokens = []
        for _ in range(header.vocab):
            self._tokens.append(self._text())
            if layout.has_scores:
                source.skip(4)
        if "merges" in layout.header:
            if source.uint32() != header.merges:
                raise BadGGML("the header of the GGML file gives the merges two numbers")
            for _ in range(2 * header.merges):
                self._text()

    def _text(self) -> bytes:
        length = self._source.uint32()
        if length > _TOKEN_BYTES:
            raise BadGGML(f"the GGML file has a token of {length} bytes, which cannot be")
        return self._source.take(length)

    def _family(self, layout: Layout) -> str:
        if self._wanted or len(layout.families) == 1:
            return self._wanted or layout.families[0]
        first, second = layout.families
        if _MARKS[layout.families].intersection(self._tokens):
            return second
        # GPT-2's vocabulary ends with it and GPT-NeoX's begins so; the others would have had their marks.
        if b"<|endoftext|>" in (self._tokens[0], self._tokens[-1]):
            return first
        raise BadGGML(
            f"the file may hold a model of the type {first} or {second}: add 'PARAMETER model_type {first}' or "
            f"'PARAMETER model_type {second}' to the Modelfile"
        )

    def _check_vocabulary(self, family: str) -> None:
        least = _LEAST_VOCABULARY.get(family, 1)
        if len(self._tokens) < least:
            raise BadGGML(f"the vocabulary has {len(self._tokens)} tokens; {family} models have {least} or more")
        if family == "falcon" and (missing := _TEXT_BYTES.difference(self._tokens)):
            raise BadGGML(
                f"the vocabulary lacks the byte {min(missing)[0]}, and falcon models need all that texts have"
            )
        if family == "mpt":
            try:
                b"\0".join(self._tokens).decode()
            except UnicodeDecodeError:
                raise BadGGML("the vocabulary has a token that is not UTF-8, which mpt models cannot have") from None
