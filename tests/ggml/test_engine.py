"""The files that the other tests write are models: the engine loads them and they speak."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from backend import gguf
from backend.ggml import read
from tests.ggml.files import LAYOUTS, ggml_bytes
from tests.ggml.old_gguf import old_gguf_bytes

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

OLDER = [("ggmf", 1, "F16"), ("ggjt", 1, "F32"), ("ggjt", 2, "Q5_1")]


def speak(path: Path, model_type: str) -> tuple[int, int]:
    """Prompt tokens, and tokens said (at most 10)."""
    command = [sys.executable, "-m", "tests.ggml.engine_program", str(path), model_type]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    prompt, said, _ = json.loads(done.stdout)
    return prompt, len(said)


@pytest.mark.parametrize("family", LAYOUTS)
def test_each_family_speaks(tmp_path: Path, family: str) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(ggml_bytes(family, "Q4_0"))
    prompt, said = speak(path, read(path).model_type)
    assert 4 <= prompt <= 9
    assert said > 0


@pytest.mark.parametrize("file_type", ["F16", "F32", "Q5_1"])
def test_each_file_type_speaks(tmp_path: Path, file_type: str) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(ggml_bytes("gpt2", file_type))
    assert speak(path, "gpt2") == (4, 10)


@pytest.mark.parametrize(("file_format", "version", "file_type"), OLDER)
def test_older_formats_speak(tmp_path: Path, file_format: str, version: int, file_type: str) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(ggml_bytes("llama", file_type, file_format=file_format, version=version))
    assert read(path).file_type == file_type
    assert speak(path, "llama")[1] > 0


@pytest.mark.parametrize("weights", ["F16", "Q4_0"])
def test_a_llama_in_version_1_of_gguf_speaks(tmp_path: Path, weights: str) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(old_gguf_bytes(weights=weights))
    assert gguf.read(path).version == 1
    assert speak(path, "llama") == (9, 10)
