"""The models of one store folder, laid out as Ollama does (the specification's section D)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from backend.store.blobs import Blobs
    from backend.store.manifest import Manifest
    from backend.store.model import StoredModel
    from backend.store.name import ModelName


class Store:
    blobs: Blobs
    revision: int

    def __init__(self, root: Path, *, noprune: bool = False) -> None:
        raise NotImplementedError

    def names(self) -> list[ModelName]:
        raise NotImplementedError

    def resolve(self, name: ModelName) -> ModelName:
        raise NotImplementedError

    def get(self, name: ModelName) -> StoredModel:
        raise NotImplementedError

    def list(self) -> list[StoredModel]:
        raise NotImplementedError

    def write(self, name: ModelName, manifest: Manifest | bytes) -> StoredModel:
        raise NotImplementedError

    def copy(self, source: ModelName, destination: ModelName) -> None:
        raise NotImplementedError

    def delete(self, name: ModelName) -> None:
        raise NotImplementedError

    def upgrade(self) -> None:
        """Renames the `sha256:<hex>` blobs of old stores; to be called once at the start of the backend."""
        raise NotImplementedError

    def prune(self, now: float, min_age_s: float = 3600.0) -> None:
        raise NotImplementedError
