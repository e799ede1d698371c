"""What FROM may name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadModelfile
from tui.commands.model_sources import find_file, hash_file

if TYPE_CHECKING:
    from pathlib import Path


def test_a_relative_path_starts_at_the_modelfile(tmp_path: Path) -> None:
    model = tmp_path / "small.gguf"
    model.write_bytes(b"GGUF")
    assert find_file("small.gguf", tmp_path) == model
    assert find_file("./small.gguf", tmp_path) == model
    assert find_file(str(model), tmp_path / "elsewhere") == model


def test_what_is_no_file_is_a_model_name(tmp_path: Path) -> None:
    assert find_file("smollm2:135m", tmp_path) is None


@pytest.mark.parametrize("value", ["/no/such.gguf", "./missing", "missing.gguf", "~/no-such-model", "../missing"])
def test_a_path_that_leads_nowhere_is_an_error(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadModelfile, match=f"no such file: {value}"):
        find_file(value, tmp_path)


def test_a_home_of_nobody_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadModelfile):
        find_file("~nobody-of-this-name/model.gguf", tmp_path)


def test_a_folder_stands_for_its_only_model(tmp_path: Path) -> None:
    with pytest.raises(BadModelfile, match=r"no \.gguf file"):
        find_file(".", tmp_path)
    (tmp_path / "one.gguf").write_bytes(b"GGUF")
    assert find_file(".", tmp_path) == tmp_path / "one.gguf"
    (tmp_path / "two.gguf").write_bytes(b"GGUF")
    with pytest.raises(BadModelfile, match=r"name one of one\.gguf, two\.gguf"):
        find_file(".", tmp_path)


def test_a_file_is_hashed_in_pieces(tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    content = bytes(range(256)) * 10_000
    model.write_bytes(content)
    heard: list[tuple[int, int]] = []
    file = hash_file(model, lambda done, total: heard.append((done, total)))
    assert file.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert heard[-1] == (len(content), len(content))
    assert len(heard) == 3
