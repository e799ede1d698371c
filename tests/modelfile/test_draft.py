"""Draft models: `draft_files` and `draft_quantize` of a create request (the specification's sections D and F.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backend import gguf
from backend.errors import BackendError
from backend.modelfile.create import create
from backend.modelfile.describe import show
from backend.store import ModelName
from backend.store.manifest import DRAFT, MODEL, Draft
from backend.wire.ollama import CreateRequest
from tests.conversion.weights import tensors, write
from tests.fakes.gguf_file import gguf_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from backend.store import Store, StoredModel

ADAPTER_GGUF = gguf_bytes({"general.type": "adapter"})


def upload(store: Store, data: bytes | None = None) -> str:
    return str(store.blobs.put(gguf_bytes() if data is None else data))


def draft(store: Store, name: str) -> str:
    return upload(store, gguf_bytes({"general.name": name, "general.architecture": "qwen2"}))


def run(store: Store, **fields: Any) -> StoredModel:
    for _ in create(store, CreateRequest(**fields)):
        pass
    return store.get(ModelName.parse(fields["model"]))


def test_a_draft_is_a_layer_of_its_own(store: Store) -> None:
    model = run(store, model="m", files={"m.gguf": upload(store)}, draft_files={"d.gguf": draft(store, "one")})
    assert [layer.media_type for layer in model.manifest.layers] == [MODEL, DRAFT]
    assert model.config.draft == Draft(model_format="gguf", architecture="qwen2")
    assert (model.config.model_family, model.config.model_families) == ("llama", ("llama",))
    lines = [line for line in show(model).modelfile.splitlines() if line.startswith(("FROM", "DRAFT"))]
    assert lines == [f"FROM {model.weights}", f"DRAFT {model.drafts[0]}"]


def test_a_draft_is_inherited_and_replaced(store: Store) -> None:
    base = run(store, model="base", files={"m.gguf": upload(store)}, draft_files={"d.gguf": draft(store, "one")})
    assert run(store, model="same", from_="base").drafts == base.drafts
    other = run(store, model="other", from_="base", draft_files={"d.gguf": draft(store, "two")})
    assert len(other.drafts) == 1
    assert other.drafts != base.drafts


def test_the_draft_alone_is_quantised(store: Store, tmp_path: Path) -> None:
    small = write(tmp_path / "d.gguf", "F16", tensors(layers=1)).read_bytes()
    fields = {"files": {"m.gguf": upload(store)}, "draft_files": {"d.gguf": upload(store, small)}}
    model = run(store, model="m", draft_quantize="q8_0", **fields)
    assert gguf.read(model.drafts[0]).file_type == "Q8_0"
    assert model.gguf.file_type == model.config.file_type == "Q4_1"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"draft_quantize": "Q8_0"}, "--draft-quantize requires a DRAFT model"),
        ({"draft_quantize": "Q8_0", "model": "a b"}, "--draft-quantize requires a DRAFT model"),
        ({"draft_files": {"../d.gguf": ""}}, "file path must be relative"),
        ({"draft_files": {"d.gguf": ""}}, "invalid digest format"),
    ],
)
def test_refusals(store: Store, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BackendError) as caught:
        create(store, CreateRequest(**{"model": "m", "from_": "base", **fields}))
    assert (caught.value.message, caught.value.status) == (message, 400)


def test_a_draft_must_be_a_model(store: Store) -> None:
    with pytest.raises(BackendError, match="the draft is not a model in GGUF format"):
        run(store, model="m", files={"m.gguf": upload(store)}, draft_files={"a.gguf": upload(store, ADAPTER_GGUF)})
