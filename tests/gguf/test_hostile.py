"""Damaged and lying files (threats.md, "GGUF counts" and "GGUF structure"): `BadGGUF` at once, nothing else."""

from __future__ import annotations

import os
import struct
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadGGUF
from backend.gguf import SkippedArray, read
from tests.fakes.gguf_file import (
    ARRAY,
    BOOL,
    FLOAT32,
    LLAMA,
    STRING,
    UINT8,
    UINT32,
    Typed,
    gguf_bytes,
    text,
    value,
    write_gguf,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SMALL = {
    "general.architecture": "llama",
    "llama.rope": [1.5, 2.5],
    "tokenizer.ggml.tokens": ["a", "bc"],
    "x.flag": True,
}


def small_file() -> bytes:
    return gguf_bytes({**dict.fromkeys(LLAMA), **SMALL}, {"w": ("Q8_0", (32, 2)), "v": ("F32", (8,))})


def header(tensors: int, keys: int, body: bytes = b"", *, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + body


def entry(name: str, shape: Sequence[int], number: int = 0, offset: int = 0) -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, number, offset)


def array(kind: int, length: int, body: bytes = b"") -> bytes:
    return text("k") + struct.pack("<IIQ", ARRAY, kind, length) + body


def nested(depth: int) -> bytes:
    return text("k") + struct.pack("<I", ARRAY) + struct.pack("<IQ", ARRAY, 1) * depth


HUGE = 1 << 63
DATA = bytes(4096)
HOSTILE = {
    "empty": (b"", "not in GGUF format"),
    "magic": (b"GGML" + bytes(60), "not in GGUF format"),
    "only the magic": (b"GGUF", "not in GGUF format"),
    "version 4": (header(0, 0, version=4), "version 4"),
    "big-endian": (header(0, 0, version=3 << 24), "big-endian"),
    "keys 2^63": (header(0, HUGE), "metadata keys"),
    "keys beyond the file": (header(0, 50, DATA[:600]), "metadata keys"),
    "keys beyond reason": (header(0, 20_000, bytes(300_000)), "metadata keys"),
    "tensors 2^63": (header(HUGE, 0), "tensors"),
    "tensors beyond the file": (header(100, 0, DATA[:1000]), "tensors"),
    "key length 2^63": (header(0, 1, struct.pack("<Q", HUGE) + DATA), "cut off"),
    "text length 2^64-1": (header(0, 1, text("k") + struct.pack("<IQ", STRING, (1 << 64) - 1) + DATA), "cut off"),
    "u8[2^40]": (header(0, 1, array(UINT8, 1 << 40, DATA)), "an array of"),
    "f32[2^62]": (header(0, 1, array(FLOAT32, 1 << 62, DATA)), "an array of"),
    "string[2^61]": (header(0, 1, array(STRING, 1 << 61, DATA)), "an array of"),
    "skipped string of 2^63": (header(0, 1, array(STRING, 2000, struct.pack("<Q", HUGE) + bytes(20_000))), "cut off"),
    "skipped string beyond the end": (
        header(0, 1, array(STRING, 2000, struct.pack("<Q", 1 << 20) + bytes(20_000))),
        "cut off",
    ),
    "nested arrays": (header(0, 1, nested(50_000)), "arrays of arrays"),
    "value type 13": (header(0, 1, text("k") + struct.pack("<I", 13) + DATA), "unknown type 13"),
    "array type 99": (header(0, 1, array(99, 1, DATA)), "unknown type 99"),
    "duplicate keys": (header(0, 2, (text("k") + value(1)) * 2), "twice"),
    "alignment 0": (header(0, 1, text("general.alignment") + value(0)), "power of two"),
    "alignment 13": (header(0, 1, text("general.alignment") + value(13)), "power of two"),
    "alignment text": (header(0, 1, text("general.alignment") + value("32")), "power of two"),
    "alignment bool": (header(0, 1, text("general.alignment") + value(True)), "power of two"),
    "dimensions": (header(1, 0, text("w") + struct.pack("<I", 5) + DATA), "5 dimensions"),
    "dimensions 2^32-1": (header(1, 0, text("w") + struct.pack("<I", (1 << 32) - 1) + DATA), "dimensions"),
    "shape overflow": (header(1, 0, entry("w", [1 << 32, 1 << 32]) + DATA), "impossible shape"),
    "shape wraps to zero": (header(1, 0, entry("w", [1 << 32, 1 << 32, 1 << 32]) + DATA), "impossible shape"),
    "negative length": (header(1, 0, entry("w", [HUGE]) + DATA), "impossible shape"),
    "negative and zero": (header(1, 0, entry("w", [0, HUGE]) + DATA), "impossible shape"),
    "unknown tensor type": (header(1, 0, entry("w", [1], 43) + DATA), "unknown type 43"),
    "removed tensor type": (header(1, 0, entry("w", [32], 5) + DATA), "unknown type 5"),
    "half a block": (header(1, 0, entry("w", [33], 8) + DATA), "blocks of 32"),
    "no block at all": (header(1, 0, entry("w", [], 8) + DATA), "blocks of 32"),
    "offset 2^64-32": (header(1, 0, entry("w", [8], 0, (1 << 64) - 32) + DATA), "cut off"),
    "offset not aligned": (header(1, 0, entry("w", [8], 0, 16) + DATA), "not aligned"),
    "size past the end": (header(1, 0, entry("w", [1 << 20]) + DATA), "cut off"),
    "size beyond 2^63": (header(1, 0, entry("w", [(1 << 63) - 1]) + DATA), "cut off"),
    "overlap": (header(2, 0, entry("w", [64]) + entry("v", [64], 0, 32) + DATA), "overlap"),
    "same place": (header(2, 0, entry("w", [64]) + entry("v", [64]) + DATA), "overlap"),
    "same name": (header(2, 0, entry("w", [8]) + entry("w", [8], 0, 32) + DATA), "same name"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_lying_file_is_refused_with_the_reason(tmp_path: Path, case: str) -> None:
    content, reason = HOSTILE[case]
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    for arrays in (False, True):
        with pytest.raises(BadGGUF, match=reason) as caught:
            read(path, arrays=arrays)
        assert str(tmp_path) not in caught.value.message


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    content = small_file()
    path.write_bytes(content)
    read(path)
    for length in reversed(range(len(content))):
        os.truncate(path, length)
        with pytest.raises(BadGGUF):
            read(path)


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_no_changed_byte_raises_anything_else(tmp_path: Path, flip: int) -> None:
    path = tmp_path / "m.gguf"
    content = small_file()
    path.write_bytes(content)
    refused = 0
    with path.open("r+b", buffering=0) as file:
        for at, byte in enumerate(content):
            os.pwrite(file.fileno(), bytes([byte ^ flip]), at)
            try:
                read(path, arrays=True)
            except BadGGUF:
                refused += 1
            os.pwrite(file.fileno(), bytes([byte]), at)
    assert 0 < refused < len(content)


def test_a_million_empty_strings_cost_little(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(header(0, 1, array(STRING, 1_000_000)))
    os.truncate(path, 8_100_000)
    start = time.process_time()
    assert read(path).metadata["k"] == SkippedArray("string", 1_000_000)
    assert time.process_time() - start < 1


def test_more_strings_than_any_vocabulary_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(header(0, 1, array(STRING, 30_000_000)))
    os.truncate(path, 300_000_000)
    start = time.process_time()
    with pytest.raises(BadGGUF, match="more than 4194304 strings"):
        read(path)
    assert time.process_time() - start < 0.1


@pytest.mark.parametrize("arrays", [False, True])
def test_a_large_array_does_not_fill_the_memory(tmp_path: Path, arrays: bool) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(header(0, 1, array(UINT8, 200_000_000)))
    os.truncate(path, 400_000_000)
    tracemalloc.start()
    try:
        assert read(path, arrays=arrays).metadata["k"] == SkippedArray("uint8", 200_000_000)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_kept_texts_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(header(0, 1, text("k") + struct.pack("<IQ", STRING, 100_000_000)))
    os.truncate(path, 200_000_000)
    with pytest.raises(BadGGUF, match="texts"):
        read(path)


def test_bool_values_other_than_0_and_1_are_true(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "m.gguf", {"x": Typed(BOOL, 1), "y": Typed(UINT32, 7)})
    path.write_bytes(
        path.read_bytes().replace(text("x") + struct.pack("<I?", BOOL, True), text("x") + struct.pack("<IB", BOOL, 7))
    )
    assert read(path).metadata["x"] is True


def test_links_pipes_folders_and_missing_files_are_not_opened(tmp_path: Path) -> None:
    real = write_gguf(tmp_path / "m.gguf")
    (tmp_path / "link").symlink_to(real)
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", ".", "missing"):
        with pytest.raises(BadGGUF, match="cannot open the GGUF file"):
            read(tmp_path / name)
