"""Valid files: what is read, what is skipped, and at which price."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.gguf import SkippedArray, read
from tests import models
from tests.fakes.gguf_file import ARRAY, FLOAT64, INT64, UINT8, UINT64, Typed, gguf_bytes, write_gguf

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gguf") / "x.gguf"


def test_metadata_and_tensors_of_a_small_file(tmp_path: Path) -> None:
    gguf = read(write_gguf(tmp_path / "m.gguf"))
    assert gguf.version == 3
    assert gguf.metadata["general.architecture"] == "llama"
    assert gguf.metadata["tokenizer.ggml.add_bos_token"] is False
    assert [tensor.name for tensor in gguf.tensors] == [
        "token_embd.weight",
        "blk.0.attn_norm.weight",
        "output_norm.weight",
    ]
    embedding, norm, _ = gguf.tensors
    assert (embedding.type_name, embedding.shape, embedding.offset) == ("Q4_1", (64, 64), gguf.data_offset)
    assert embedding.size == 64 * 64 // 32 * 20
    assert norm.offset == embedding.offset + embedding.size
    assert gguf.parameter_count == 64 * 64 + 64 + 64


def test_version_2_is_read_like_version_3(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf_bytes(version=2))
    assert read(path).version == 2


def test_data_begins_at_the_alignment_of_the_file(tmp_path: Path) -> None:
    gguf = read(write_gguf(tmp_path / "m.gguf", {"general.alignment": 4096}))
    assert gguf.data_offset % 4096 == 0


def test_every_scalar_type(tmp_path: Path) -> None:
    values = {"a": Typed(UINT8, 255), "b": Typed(INT64, -(1 << 63)), "c": Typed(UINT64, (1 << 64) - 1)}
    values |= {"d": Typed(FLOAT64, 0.1), "e": Typed(ARRAY, [0.5, 0.25], FLOAT64)}
    metadata = read(write_gguf(tmp_path / "m.gguf", values)).metadata
    assert [metadata[key] for key in "abcde"] == [255, -(1 << 63), (1 << 64) - 1, 0.1, [0.5, 0.25]]


def test_short_arrays_are_kept_and_long_ones_skipped(tmp_path: Path) -> None:
    long = [f"token {i}" for i in range(5000)]
    path = write_gguf(tmp_path / "m.gguf", {"x.tokens": long, "x.scores": [0.5] * 5000, "x.layers": [1, 2, 3]})
    metadata = read(path).metadata
    assert metadata["x.layers"] == [1, 2, 3]
    assert metadata["x.tokens"] == SkippedArray("string", 5000)
    assert metadata["x.scores"] == SkippedArray("float32", 5000)
    assert metadata["tokenizer.ggml.eos_token_id"] == 1
    everything = read(path, arrays=True).metadata
    assert everything["x.tokens"] == long
    assert everything["x.scores"] == [0.5] * 5000


def test_strings_across_the_ends_of_the_read_buffer_are_skipped_exactly(tmp_path: Path) -> None:
    strings = ["x" * (i * 977 % 4001) for i in range(1500)] + ["y" * 2_500_000, "", "z"]
    path = write_gguf(tmp_path / "m.gguf", {"x": strings, "after": "here"})
    assert read(path).metadata["after"] == "here"
    assert read(path, arrays=True).metadata["x"] == strings


def test_text_that_is_not_utf_8_is_replaced(tmp_path: Path) -> None:
    assert read(write_gguf(tmp_path / "m.gguf", {"x": b"a\xffb"})).metadata["x"] == "a\ufffdb"


def test_a_file_without_tensors_is_a_vocabulary(tmp_path: Path) -> None:
    gguf = read(write_gguf(tmp_path / "m.gguf", tensors={}))
    assert gguf.tensors == ()
    assert gguf.parameter_count == 0


_scalars = st.one_of(
    st.booleans(), st.integers(-(1 << 31), (1 << 64) - 1), st.floats(width=32, allow_nan=False), st.text(max_size=30)
)
_lists = st.one_of(
    st.lists(st.booleans(), min_size=1), st.lists(st.integers(0, (1 << 32) - 1), min_size=1), st.lists(st.text())
)


@given(st.dictionaries(st.text(max_size=20).map(lambda key: f"k.{key}"), st.one_of(_scalars, _lists), max_size=8))
def test_what_is_written_is_read(scratch: Path, metadata: dict[str, object]) -> None:
    read_back = read(write_gguf(scratch, metadata), arrays=True).metadata
    assert {key: read_back[key] for key in metadata} == metadata


@pytest.mark.real
def test_smollm2_is_the_model_of_the_specification() -> None:
    gguf = read(models.smollm2())
    assert (gguf.architecture, gguf.parameter_count, gguf.file_type) == ("llama", 134_515_008, "Q4_1")
    assert (gguf.parameter_size, gguf.context_length, gguf.embedding_length) == ("134.52M", 8192, 576)
    assert gguf.metadata["tokenizer.ggml.bos_token_id"] == 1
    assert "<|im_start|>" in gguf.chat_template
    last = max(gguf.tensors, key=lambda tensor: tensor.offset)
    assert last.offset + last.size == models.smollm2().stat().st_size


@pytest.mark.slow
def test_gemma3_is_the_model_of_the_specification() -> None:
    gguf = read(models.gemma3())
    assert (gguf.architecture, gguf.parameter_count, gguf.file_type) == ("gemma3", 268_098_176, "Q4_K_M")
    assert (gguf.parameter_size, gguf.context_length, gguf.embedding_length) == ("268.10M", 32768, 640)
    assert (gguf.head_count, gguf.head_count_kv, gguf.key_length) == (4, 1, 256)
    assert gguf.chat_template == ""


@pytest.mark.bench
def test_metadata_of_a_large_vocabulary_takes_at_most_50_ms() -> None:
    path, best = models.gemma3(), 1.0
    for _ in range(5):
        start = time.process_time()
        read(path)
        best = min(best, time.process_time() - start)
    assert best <= 0.050
