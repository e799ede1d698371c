from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.errors import StoreError
from backend.store import Config, Layer, Manifest, ModelName, Store, StoredModel
from backend.store import manifest as media
from backend.store.manifest import go_json
from tests.fakes.gguf_file import gguf_bytes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


def model_with(store: Store, *layers: tuple[str, bytes]) -> StoredModel:
    config = store.blobs.put(Config(model_family="llama").encode())
    stored = tuple(Layer(kind, store.blobs.put(data), len(data), from_="base:latest") for kind, data in layers)
    return store.write(ModelName.parse("foo"), Manifest(Layer(media.CONFIG, config, 1), stored))


def test_every_layer_is_read(store: Store) -> None:
    model = model_with(
        store,
        (media.MODEL, gguf_bytes()),
        (media.PROJECTOR, b"mmproj"),
        (media.ADAPTER, b"lora 1"),
        (media.ADAPTER, b"lora 2"),
        (media.DRAFT, b"draft"),
        (media.TEMPLATE, "{{ .Prompt }} é".encode()),
        (media.SYSTEM, b"Be brief."),
        (media.PARAMS, go_json({"stop": ["a", "b"], "temperature": 0.7})),
        (media.MESSAGES, go_json([{"role": "user", "content": "hi"}])),
        (media.LICENSE, b"MIT"),
        (media.LICENSE, b"Apache"),
        (media.EMBED, b"obsolete"),
    )
    assert model.config.model_family == "llama"
    assert model.weights == store.blobs.path(model.weights_digest)
    assert model.gguf.architecture == "llama"
    assert model.parent_model == "base:latest"
    assert [path.read_bytes() for path in (*model.projectors, *model.adapters, *model.drafts)] == [
        b"mmproj", b"lora 1", b"lora 2", b"draft",
    ]  # fmt: skip
    assert model.template == "{{ .Prompt }} é"
    assert model.system == "Be brief."
    assert model.params == {"stop": ["a", "b"], "temperature": 0.7}
    assert model.messages == [{"role": "user", "content": "hi"}]
    assert model.licenses == ["MIT", "Apache"]


def test_what_a_model_lacks_is_empty(store: Store) -> None:
    model = model_with(store)
    assert (model.template, model.system, model.params, model.messages, model.licenses) == ("", "", {}, [], [])
    assert (model.projectors, model.adapters, model.drafts, model.parent_model) == ((), (), (), "")
    with pytest.raises(StoreError, match="'foo:latest' has no weights"):
        _ = model.weights


def test_the_old_kind_of_template_is_read(store: Store) -> None:
    assert model_with(store, (media.PROMPT, b"old")).template == "old"


def test_safetensors_models_are_named_as_such(store: Store) -> None:
    with pytest.raises(StoreError, match="requires MLX"):
        _ = model_with(store, (media.TENSOR, b"x")).weights


@pytest.mark.parametrize("kind", [media.MODEL, media.PROJECTOR, media.ADAPTER])
def test_a_missing_blob_is_named(store: Store, kind: str) -> None:
    model = model_with(store, (media.MODEL, b"w"), (kind, b"x"))
    (digest,) = {layer.digest for layer in model.manifest.layers[1:]}
    store.blobs.remove(digest)
    with pytest.raises(StoreError, match=f"'foo:latest' is damaged: blob {digest.short} is missing; pull it again"):
        _ = model.weights, model.projectors, model.adapters
    assert store.list() == [model]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"5"])
def test_parameters_that_are_no_object_are_damage(store: Store, data: bytes) -> None:
    with pytest.raises(StoreError, match="'foo:latest'"):
        _ = model_with(store, (media.PARAMS, data)).params


@pytest.mark.parametrize("data", [b"{}", b"[1]", b"null"])
def test_messages_that_are_no_objects_are_damage(store: Store, data: bytes) -> None:
    with pytest.raises(StoreError, match="'foo:latest'"):
        _ = model_with(store, (media.MESSAGES, data)).messages


def test_small_layers_are_read_within_bounds(store: Store) -> None:
    model = model_with(
        store, (media.SYSTEM, bytes(17 << 20)), (media.LICENSE, bytes(9 << 20)), (media.LICENSE, bytes(9 << 20))
    )
    with pytest.raises(StoreError, match="more than"):
        _ = model.system
    with pytest.raises(StoreError, match="more than"):
        _ = model.licenses
