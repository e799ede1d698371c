"""Models without meaning for tests of the store."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from backend.store import Config, Layer, Manifest, ModelName
from backend.store.manifest import CONFIG, MODEL

if TYPE_CHECKING:
    from backend.store import Digest, Store

CONFIGURATION = Config(model_family="llama").encode()
_STEP = 10_000_000


def manifest_of(store: Store, *contents: bytes) -> Manifest:
    """A manifest whose layers, one for each of the contents, are stored."""
    layers = tuple(Layer(MODEL, store.blobs.put(content), len(content)) for content in contents)
    return Manifest(Layer(CONFIG, store.blobs.put(CONFIGURATION), len(CONFIGURATION)), layers)


def add(store: Store, name: str, *contents: bytes) -> ModelName:
    """Writes a model and returns its name as the store spells it."""
    return store.write(ModelName.parse_plain(name), manifest_of(store, *contents)).name


def add_large(store: Store, name: ModelName, size: int) -> Digest:
    """Writes a model with one layer of `size` random bytes, the same ones each time; the layer's digest."""
    source = random.Random(4)  # noqa: S311 # no secret
    with store.blobs.writer() as blob:
        while blob.size < size:
            blob.write(source.randbytes(min(_STEP, size - blob.size)))
        digest = blob.commit()
    config = Layer(CONFIG, store.blobs.put(CONFIGURATION), len(CONFIGURATION))
    store.write(name, Manifest(config, (Layer(MODEL, digest, size),)))
    return digest
