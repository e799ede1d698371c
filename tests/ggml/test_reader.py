"""Valid files: what the header, the vocabulary and the names of the tensors tell."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadGGML
from backend.ggml import MODEL_TYPES, read
from tests.ggml.files import BYTES, END, LAYOUTS, ggml_bytes, vocabulary_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.bin"


@pytest.mark.parametrize("family", LAYOUTS)
def test_the_file_tells_its_family_and_figures(path: Path, family: str) -> None:
    path.write_bytes(ggml_bytes(family))
    model = read(path)
    assert model.model_type == family.removesuffix("-40b")
    assert model.model_type in MODEL_TYPES
    assert (model.n_embd, model.n_head, model.n_layer, model.file_type) == (64, 4, 2, "F16")
    assert model.n_vocab == len(vocabulary_of(family))
    assert model.n_ctx == (0 if model.model_type in {"llama", "falcon"} else 128)


def test_tensors_are_found_where_they_lie(path: Path) -> None:
    content = ggml_bytes("llama", "Q4_0")
    path.write_bytes(content)
    model = read(path)
    first, *_, last = model.tensors
    assert (first.name, first.type_name, first.shape) == ("tok_embeddings.weight", "Q4_0", (64, 265))
    assert first.size == 64 * 265 // 32 * 18
    assert all(tensor.offset % 32 == 0 for tensor in model.tensors)
    assert last.offset + last.size == len(content)
    assert model.parameter_count == 140_736


@pytest.mark.parametrize("file_type", ["F32", "F16", "Q4_0", "Q5_1"])
@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_file_types(path: Path, family: str, file_type: str) -> None:
    path.write_bytes(ggml_bytes(family, file_type))
    assert read(path).file_type == file_type


@pytest.mark.parametrize(("file_format", "version"), [("ggmf", 1), ("ggjt", 1), ("ggjt", 2), ("ggjt", 3)])
def test_formats_and_versions(path: Path, file_format: str, version: int) -> None:
    path.write_bytes(ggml_bytes("llama", file_format=file_format, version=version))
    model = read(path)
    assert (model.format, model.version) == (file_format, version)


@pytest.mark.parametrize(
    ("family", "stated"), [("gpt2", "starcoder"), ("gpt2", "gpt_bigcode"), ("gpt_neox", "dolly-v2")]
)
def test_a_family_is_asked_for_where_nothing_tells_it(path: Path, family: str, stated: str) -> None:
    path.write_bytes(ggml_bytes(family, tokens=BYTES))
    with pytest.raises(BadGGML, match=f"may hold a model of the type {family} or .*PARAMETER model_type"):
        read(path)
    assert read(path, family).model_type == family
    assert read(path, stated).model_type == ("starcoder" if stated == "gpt_bigcode" else stated)


def test_a_stated_family_that_the_file_is_not_of_is_refused(path: Path) -> None:
    path.write_bytes(ggml_bytes("gpt2"))
    with pytest.raises(BadGGML):
        read(path, "gptj")
    with pytest.raises(BadGGML, match="it is one of dolly-v2, falcon, gpt2"):
        read(path, "bloom")
    path.write_bytes(ggml_bytes("llama"))
    with pytest.raises(BadGGML, match="are of the type llama, not gpt2"):
        read(path, "gpt2")


def test_two_sizes_of_the_vocabulary_are_refused(path: Path) -> None:
    path.write_bytes(ggml_bytes("gpt2").replace(struct.pack("<2I", 1, 262), struct.pack("<2I", 1, 261), 1))
    with pytest.raises(BadGGML, match="two sizes"):
        read(path, "gpt2")


def test_a_mark_of_the_vocabulary_decides(path: Path) -> None:
    path.write_bytes(ggml_bytes("gpt2", tokens=(*BYTES, b"<fim-prefix>", END)))
    assert read(path).model_type == "starcoder"
