"""Damaged and lying files: `BadGGML` with a reason at once, and nothing else; the engine believes what is let in."""

from __future__ import annotations

import os
import struct
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadGGML
from backend.ggml import read
from backend.ggml.tensors import Header
from tests.ggml.files import BYTES, ggml_bytes

if TYPE_CHECKING:
    from pathlib import Path

DATA = bytes(4096)
FAMILIES = ("gpt2", "gpt_neox", "mpt", "replit", "llama", "falcon")
FEW = (*(bytes([number]) for number in range(65, 77)), b"<|endoftext|>")
GPT2 = ggml_bytes("gpt2")
MAGIC = struct.pack("<2I", 0x67676A74, 3)


def small(family: str) -> bytes:
    """The least that can be: the fewer bytes, the more of them are tried."""
    tokens = (b"<unk>", b"<s>", b"</s>", *BYTES) if family in {"llama", "falcon"} else FEW
    return ggml_bytes(family, "Q4_0", tokens=tokens, embd=32, head=2, layer=1, ctx=4, mult=32, rot=16)


def stated(family: str, before: int, old: int, new: int) -> bytes:
    """A whole file whose header says `new` where it says `old` after the figure `before`."""
    content = ggml_bytes(family)
    told = struct.pack("<2I", before, old)
    assert content.index(told) < 40
    return content.replace(told, struct.pack("<2I", before, new), 1)


HOSTILE = {
    "empty": (b"", "not in GGML format"),
    "only the magic": (b"lmgg", "cut off"),
    "another magic": (b"GGML" + DATA, "not in GGML format"),
    "ggjt version 4": (struct.pack("<2I", 0x67676A74, 4) + DATA, "version 4 of the format 'ggjt' is not known"),
    "ggmf version 2": (struct.pack("<2I", 0x67676D66, 2) + DATA, "version 2 of the format 'ggmf' is not known"),
    "zeros": (b"lmgg" + DATA, "which cannot be"),
    "negative vocabulary": (MAGIC + struct.pack("<i", -1) + DATA, "vocab = 4294967295"),
    "vocabulary beyond the file": (MAGIC + struct.pack("<7I", 500_000, 64, 32, 4, 2, 16, 1) + DATA, "cut off"),
    "token of 4 GB": (MAGIC + struct.pack("<8I", 300, 64, 32, 4, 2, 16, 1, (1 << 32) - 1) + DATA, "a token of"),
    "heads that do not divide": (stated("gpt2", 64, 4, 3), "heads"),
    "no heads": (stated("llama", 32, 4, 0), "head = 0"),
    "no layers": (stated("llama", 4, 2, 0), "layer = 0"),
    "rot beyond the head": (stated("gptj", 2, 16, 18), "rot = 18"),
    "odd rot": (stated("gpt_neox", 2, 16, 3), "rot = 3"),
    "rot that llama's engine asserts": (stated("llama", 2, 16, 8), "rot = 8"),
    "falcon of no size": (stated("falcon", 2, 7, 8), "size 7 or 40"),
    "unknown ftype": (stated("gpt2", 2, 1, 99), "ftype = 99"),
    "ftype that the tensors are not": (stated("gpt2", 2, 1, 2002), "is of the type F16"),
    "old quantisation": (stated("gpt2", 2, 1, 1002), "no engine reads that any more"),
    "old ggjt": (ggml_bytes("llama", "Q4_0", file_format="ggjt", version=2), "no engine reads that any more"),
    "context that the tensor has not": (stated("gpt2", 262, 128, 64), "'model/wpe' has the shape"),
    "few tokens for llama": (ggml_bytes("llama", tokens=BYTES), "llama models have 259 or more"),
    "few tokens for falcon": (ggml_bytes("falcon", tokens=BYTES[:11]), "falcon models have 12 or more"),
    "falcon without a byte": (ggml_bytes("falcon", tokens=(*BYTES[:65], *BYTES[66:])), "lacks the byte 65"),
    "mpt's tokens not UTF-8": (ggml_bytes("mpt", tokens=BYTES), "not UTF-8"),
    "tensor twice": (GPT2 + GPT2[GPT2.index(b"model/ln_f/g") - 16 : GPT2.index(b"model/ln_f/b") - 16], "twice"),
    "unknown tensor": (GPT2.replace(b"ln_f/g", b"ln_f/h"), "'model/ln_f/h', which gpt2 does not know"),
    "tensor of three dimensions": (GPT2 + struct.pack("<3I", 3, 9, 0) + DATA, "3 dimensions"),
    "tensor without a name": (GPT2 + struct.pack("<3I", 1, 0, 0) + DATA, "a name of 0 bytes"),
    "tensor of an unknown type": (GPT2 + struct.pack("<3I", 1, 9, 4) + DATA, "unknown type 4"),
    "tensor of 2^63 bytes": (GPT2 + struct.pack("<5I", 2, 9, 0, 1 << 31, 1 << 31) + DATA, "cut off"),
    "half a block": (GPT2 + struct.pack("<4I", 1, 9, 2, 33) + b"model/wte" + DATA, "no multiple of 32"),
    "something behind": (GPT2 + b"\0", "cut off"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_lying_file_is_refused_with_the_reason(tmp_path: Path, case: str) -> None:
    content, reason = HOSTILE[case]
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(BadGGML, match=reason) as caught:
        read(path)
    assert str(tmp_path) not in caught.value.message


def test_a_cache_that_the_engine_cannot_address_is_refused() -> None:
    header = Header(vocab=9, embd=1 << 12, head=32, layer=32, ftype=1, ctx=1 << 14)
    with pytest.raises(BadGGML, match="a larger cache"):
        header.check("gpt2")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path, family: str) -> None:
    path = tmp_path / "model.bin"
    content = small(family)
    path.write_bytes(content)
    ends = [tensor.offset + tensor.size for tensor in read(path).tensors]
    # Within tokens, and within a tensor's numbers, one length is like the other.
    lengths = {*range(0, ends[0], 17), *(end + step for end in ends for step in (-1, 1, 13, 40) if end < len(content))}
    for length in sorted(lengths | {len(content) - 1}, reverse=True):
        os.truncate(path, length)
        with pytest.raises(BadGGML):
            read(path)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_changed_byte_of_the_head_or_the_records_raises_anything_else(tmp_path: Path, family: str) -> None:
    path = tmp_path / "model.bin"
    content = small(family)
    path.write_bytes(content)
    tensors = read(path).tensors
    heads = [range(tensors[0].offset)] + [range(tensor.offset - 60, tensor.offset) for tensor in tensors[1:4]]
    refused = 0
    with path.open("r+b", buffering=0) as file:
        for at in sorted({at for head in heads for at in head}):
            os.pwrite(file.fileno(), bytes([content[at] ^ 0x81]), at)
            try:
                read(path)
            except BadGGML:
                refused += 1
            os.pwrite(file.fileno(), content[at : at + 1], at)
    assert refused > 200


def test_a_vocabulary_of_nothing_costs_little(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(struct.pack("<4s9I", b"lmgg", 1 << 19, 8, 32, 2, 1, 16, 1, 1, 1 << 19))
    os.truncate(path, 400_000_000)
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(BadGGML):
            read(path)
        assert time.process_time() - start < 5
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


def test_links_pipes_folders_and_missing_files_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(GPT2)
    (tmp_path / "link").symlink_to(tmp_path / "model.bin")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", ".", "missing"):
        with pytest.raises(BadGGML, match="cannot open the GGML file"):
            read(tmp_path / name)
