"""A model of the store and what its small layers say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from backend.gguf import GGUF
    from backend.store.blobs import Blobs
    from backend.store.digest import Digest
    from backend.store.manifest import Config, Manifest
    from backend.store.name import ModelName


@dataclass(frozen=True)
class StoredModel:
    """`digest` is 64 hex digits of the manifest file's bytes, `modified_at` its mtime in unix seconds.

    The properties read blobs when first asked and raise `StoreError` if one is missing or cannot be read.
    """

    name: ModelName
    manifest: Manifest
    digest: str
    modified_at: float
    blobs: Blobs

    @property
    def size(self) -> int:
        raise NotImplementedError

    @property
    def config(self) -> Config:
        raise NotImplementedError

    @property
    def weights(self) -> Path:
        raise NotImplementedError

    @property
    def weights_digest(self) -> Digest:
        raise NotImplementedError

    @property
    def gguf(self) -> GGUF:
        """The weights' metadata without long arrays; read once."""
        raise NotImplementedError

    @property
    def parent_model(self) -> str:
        raise NotImplementedError

    @property
    def projectors(self) -> tuple[Path, ...]:
        raise NotImplementedError

    @property
    def adapters(self) -> tuple[Path, ...]:
        raise NotImplementedError

    @property
    def template(self) -> str:
        raise NotImplementedError

    @property
    def system(self) -> str:
        raise NotImplementedError

    @property
    def params(self) -> dict[str, Any]:
        raise NotImplementedError

    @property
    def messages(self) -> list[dict[str, Any]]:
        raise NotImplementedError

    @property
    def licenses(self) -> list[str]:
        raise NotImplementedError
