"""Version 1 of GGUF: read like the later ones, and checked for all that its engine takes for granted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from backend import gguf
from backend.errors import BadGGUF
from backend.ggml import check_gguf
from tests.ggml.old_gguf import METADATA, old_gguf_bytes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(old_gguf_bytes(weights="Q4_0"))
    return path


def test_version_1_says_the_same_as_version_3(path: Path) -> None:
    old = gguf.read(path, arrays=True)
    path.write_bytes(old_gguf_bytes(version=3, weights="Q4_0"))
    new = gguf.read(path, arrays=True)
    assert old.metadata == new.metadata
    assert set(old.metadata) == set(METADATA)
    assert [(tensor.name, tensor.shape, tensor.size) for tensor in old.tensors] == [
        (tensor.name, tensor.shape, tensor.size) for tensor in new.tensors
    ]
    assert (old.is_old, new.is_old) == (True, False)


def test_long_arrays_of_version_1_are_skipped(path: Path) -> None:
    path.write_bytes(old_gguf_bytes({"x.tokens": [f"token {number}" for number in range(5000)], "x.after": 7}))
    metadata = gguf.read(path).metadata
    assert (metadata["x.tokens"], metadata["x.after"]) == (gguf.SkippedArray("string", 5000), 7)


def test_a_file_cut_off_anywhere_is_refused(path: Path) -> None:
    check_gguf(path)
    for length in range(path.stat().st_size - 1, 0, -199):
        os.truncate(path, length)
        with pytest.raises(BadGGUF):
            check_gguf(path)


def test_no_changed_byte_raises_anything_else(path: Path) -> None:
    content = path.read_bytes()
    refused = 0
    with path.open("r+b", buffering=0) as file:
        for at in range(0, gguf.read(path).data_offset, 13):
            os.pwrite(file.fileno(), bytes([content[at] ^ 0x81]), at)
            try:
                check_gguf(path)
            except BadGGUF:
                refused += 1
            os.pwrite(file.fileno(), content[at : at + 1], at)
    assert refused > 100


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"tokenizer.ggml.tokens": ["a"] * 265}, "lacks the token <0x00>"),
        ({"tokenizer.ggml.token_type": [6] * 265}, "a byte token that is not one"),
        ({"tokenizer.ggml.bos_token_id": 1 << 31}, "bos token"),
        ({"llama.block_count": 1 << 20}, "block_count = 1048576"),
        ({"llama.embedding_length": 0}, "embedding_length = 0"),
    ],
)
def test_what_its_engine_would_fall_over_is_refused(path: Path, metadata: dict[str, object], reason: str) -> None:
    path.write_bytes(old_gguf_bytes(metadata))
    with pytest.raises(BadGGUF, match=reason):
        check_gguf(path)
