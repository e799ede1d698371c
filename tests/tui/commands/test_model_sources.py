"""What FROM may name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadModelfile
from tui.commands.model_sources import Source, find_files, hash_file

if TYPE_CHECKING:
    from pathlib import Path


def names(value: str, folder: Path) -> list[str]:
    return [source.name for source in find_files(value, folder)]


def touch(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"GGUF")


def test_a_relative_path_starts_at_the_modelfile(tmp_path: Path) -> None:
    touch(tmp_path, "small.gguf")
    wanted = [Source("small.gguf", tmp_path / "small.gguf")]
    assert find_files("small.gguf", tmp_path) == wanted
    assert names("./small.gguf", tmp_path) == ["small.gguf"]
    assert find_files(str(tmp_path / "small.gguf"), tmp_path / "elsewhere") == wanted


def test_what_is_no_file_is_a_model_name(tmp_path: Path) -> None:
    assert find_files("smollm2:135m", tmp_path) == []


@pytest.mark.parametrize(
    "value", ["/no/such.gguf", "./missing", "missing.gguf", "m.safetensors", "~/no-such-model", "../missing"]
)
def test_a_path_that_leads_nowhere_is_an_error(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadModelfile, match=f"no such file: {value}"):
        find_files(value, tmp_path)


def test_a_home_of_nobody_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadModelfile):
        find_files("~nobody-of-this-name/model.gguf", tmp_path)


def test_a_folder_stands_for_the_model_in_it(tmp_path: Path) -> None:
    with pytest.raises(BadModelfile, match="no Modelfile or safetensors files found"):
        find_files(".", tmp_path)
    touch(tmp_path, "pytorch_model.bin")
    with pytest.raises(BadModelfile, match="PyTorch's format"):
        find_files(".", tmp_path)
    (tmp_path / "ggml-model-q4_0.bin").write_bytes(b"lmgg")
    assert names(".", tmp_path) == ["ggml-model-q4_0.bin"]
    touch(tmp_path, "one.gguf", "mmproj.gguf", "notes.json")
    assert names(".", tmp_path) == ["mmproj.gguf", "one.gguf"]
    touch(tmp_path, "adapter_model.safetensors")
    assert names(".", tmp_path) == ["adapter_model.safetensors", "notes.json"]
    touch(tmp_path, "model-2.safetensors", "model-1.safetensors", "deep/model.safetensors", "deep/config.json")
    touch(tmp_path, "config.json", "chat_template.jinja", "tokenizer.model", "README.md", "a/b/c.json")
    assert names(".", tmp_path) == [
        *("model-1.safetensors", "model-2.safetensors", "deep/model.safetensors", "config.json", "notes.json"),
        *("deep/config.json", "chat_template.jinja", "tokenizer.model"),
    ]


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "secret.gguf", "folder/one.gguf")
    (tmp_path / "folder" / "model.gguf").symlink_to(tmp_path / "secret.gguf")
    with pytest.raises(BadModelfile, match=r"^insecure path: .*/folder/model\.gguf$"):
        find_files("folder", tmp_path)


def test_one_file_of_a_split_set_stands_for_all(tmp_path: Path) -> None:
    touch(tmp_path, *(f"m-0000{number}-of-00003.gguf" for number in (1, 2, 3)), "n-00001-of-00003.gguf", "m.gguf")
    assert names("./m-00002-of-00003.gguf", tmp_path) == [f"m-0000{number}-of-00003.gguf" for number in (1, 2, 3)]
    assert names("m.gguf", tmp_path) == ["m.gguf"]


def test_a_file_is_hashed_in_pieces(tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    content = bytes(range(256)) * 10_000
    model.write_bytes(content)
    heard: list[tuple[int, int]] = []
    file = hash_file(Source("m", model), lambda done, total: heard.append((done, total)))
    assert (file.name, file.digest) == ("m", f"sha256:{hashlib.sha256(content).hexdigest()}")
    assert heard[-1] == (len(content), len(content))
    assert len(heard) == 3
