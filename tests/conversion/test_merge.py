"""Split GGUF sets (the specification's section F.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.errors import BackendError
from backend.modelfile.create import create
from backend.store import Digest, ModelName, Store
from backend.wire.ollama import CreateRequest
from tests.conversion.weights import read, tensors, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


def parts(folder: Path, count: int = 3) -> dict[str, Path]:
    """A model in `count` files under the names of `llama-gguf-split`."""
    weights = tensors(layers=2)
    names = list(weights)
    files = {}
    for number in range(count):
        mine = {name: weights[name] for name in names[number::count]}
        name = f"m-{number + 1:05}-of-{count:05}.gguf"
        files[name] = write(folder / name, "F16", mine, split=(number, count, len(names)))
    return files


def upload(store: Store, files: dict[str, Path]) -> dict[str, str]:
    return {name: str(store.blobs.put(path.read_bytes())) for name, path in files.items()}


def run(store: Store, files: dict[str, str], **fields: object) -> list[str]:
    request = CreateRequest(model="m", files=files, **fields)  # type: ignore[arg-type] # fields
    return list(dict.fromkeys(step.status for step in create(store, request)))


def test_a_set_becomes_one_file(store: Store, tmp_path: Path) -> None:
    files = parts(tmp_path)
    backwards = dict(reversed(upload(store, files).items()))
    assert run(store, backwards)[:2] == ["parsing GGUF", "merging GGUF files"]
    model = store.get(ModelName("m"))
    merged = read(model.weights)
    found = {tensor.name: tensor.data.tobytes() for tensor in merged.tensors}
    assert found == {tensor.name: tensor.data.tobytes() for path in files.values() for tensor in read(path).tensors}
    first = read(files["m-00001-of-00003.gguf"]).fields
    assert [name for name in merged.fields if name.startswith("split.")] == []
    kept = [name for name in first if not name.startswith(("GGUF.", "split."))]
    assert [merged.fields[name].contents() for name in kept] == [first[name].contents() for name in kept]
    assert (model.config.file_type, model.config.model_family) == ("F16", "llama")


def test_a_set_is_quantised_and_leaves_only_the_result(store: Store, tmp_path: Path) -> None:
    files = upload(store, parts(tmp_path))
    run(store, files, quantize="Q8_0")
    model = store.get(ModelName("m"))
    assert model.config.file_type == "Q8_0"
    blobs = {path.name for path in store.blobs.folder.iterdir()}
    assert blobs == {
        *(Digest.parse(digest).filename for digest in files.values()),
        *(digest.filename for digest in model.manifest.digests),
    }


def renamed(files: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    return {names.get(name, name): digest for name, digest in files.items()}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"m-00002-of-00003.gguf": "m-00002-of-00004.gguf"}, "disagree about how many they are"),
        ({"m-00003-of-00003.gguf": "m-00004-of-00003.gguf"}, "has a file 4 of 3"),
        ({"m-00003-of-00003.gguf": "other.gguf"}, "is incomplete: file 3 of 3 is missing"),
        (
            {"m-00001-of-00003.gguf": "m-00002-of-00003.gguf", "m-00002-of-00003.gguf": "m-00001-of-00003.gguf"},
            "file 1 of the split GGUF set says that it is file 2: the files were renamed",
        ),
    ],
)
def test_names_that_do_not_fit_together(store: Store, tmp_path: Path, names: dict[str, str], message: str) -> None:
    files = upload(store, parts(tmp_path))
    with pytest.raises(BackendError, match=message) as caught:
        run(store, renamed(files, names))
    assert caught.value.status == 400
    assert store.names() == []


def test_files_of_different_sets_do_not_fit_together(store: Store, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    three, two = upload(store, parts(tmp_path)), upload(store, parts(tmp_path / "other", 2))
    mixed = {
        "m-00001-of-00002.gguf": two["m-00001-of-00002.gguf"],
        "m-00002-of-00002.gguf": three["m-00002-of-00003.gguf"],
    }
    with pytest.raises(BackendError, match="says that the set has 3 files, but there are 2"):
        run(store, mixed)


def test_one_of_a_set_alone_is_refused(store: Store, tmp_path: Path) -> None:
    files = upload(store, parts(tmp_path))
    with pytest.raises(BackendError, match="one of 3 of a split GGUF set; give all of them"):
        run(store, {"m.gguf": files["m-00001-of-00003.gguf"]})
    with pytest.raises(BackendError, match="file 2 of 3 is missing"):
        run(store, {"m-00001-of-00003.gguf": files["m-00001-of-00003.gguf"]})
