"""The files that the other tests write are models: the engine loads them and they speak."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from backend.ggml import read
from tests.ggml.files import LAYOUTS, ggml_bytes
from tests.ggml.old_gguf import old_gguf_bytes

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

FILES = {
    **{f"{family} Q4_0": ggml_bytes(family, "Q4_0") for family in LAYOUTS},
    **{f"gpt2 {file_type}": ggml_bytes("gpt2", file_type) for file_type in ("F16", "F32", "Q5_1")},
    "ggmf 1": ggml_bytes("llama", file_format="ggmf", version=1),
    "ggjt 1": ggml_bytes("llama", "F32", file_format="ggjt", version=1),
    "ggjt 2": ggml_bytes("llama", "Q5_1", file_format="ggjt", version=2),
    "gguf 1 F16": old_gguf_bytes(),
    "gguf 1 Q4_0": old_gguf_bytes(weights="Q4_0"),
}


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int]]:
    """Tokens of the prompt and tokens said, of each of the files that spoke."""
    folder = tmp_path_factory.mktemp("ggml")
    arguments: list[str] = []
    for name, content in FILES.items():
        path = folder / name
        path.write_bytes(content)
        arguments += [str(path), _model_type(path)]
    command = [sys.executable, "-m", "tests.ggml.engine_program", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    lines = (json.loads(line) for line in done.stdout.splitlines())
    return {path.rpartition("/")[2]: (prompt, said) for path, prompt, said in lines}


def _model_type(path: Path) -> str:
    return "gguf" if path.name.startswith("gguf") else read(path).model_type


@pytest.mark.parametrize("name", FILES)
def test_each_file_speaks(spoken: dict[str, tuple[int, int]], name: str) -> None:
    prompt, said = spoken[name]
    assert 4 <= prompt <= 9
    assert said > 0
