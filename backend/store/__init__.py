"""The models on disk: Ollama's layout, so that a store is shared with it (the specification's section D)."""

from backend.store.blobs import Blobs, BlobWriter
from backend.store.digest import Digest
from backend.store.manifest import Config, Layer, Manifest
from backend.store.model import StoredModel
from backend.store.name import ModelName
from backend.store.partial import Part, Partial
from backend.store.store import Store

__all__ = [
    "BlobWriter",
    "Blobs",
    "Config",
    "Digest",
    "Layer",
    "Manifest",
    "ModelName",
    "Part",
    "Partial",
    "Store",
    "StoredModel",
]
