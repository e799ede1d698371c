"""Models without meaning for tests of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.store import Config, Layer, Manifest, ModelName
from backend.store.manifest import CONFIG, MODEL

if TYPE_CHECKING:
    from backend.store import Store

CONFIGURATION = Config(model_family="llama").encode()


def manifest_of(store: Store, *contents: bytes) -> Manifest:
    """A manifest whose layers, one for each of the contents, are stored."""
    layers = tuple(Layer(MODEL, store.blobs.put(content), len(content)) for content in contents)
    return Manifest(Layer(CONFIG, store.blobs.put(CONFIGURATION), len(CONFIGURATION)), layers)


def add(store: Store, name: str, *contents: bytes) -> ModelName:
    """Writes a model and returns its name as the store spells it."""
    return store.write(ModelName.parse_plain(name), manifest_of(store, *contents)).name
