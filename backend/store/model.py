"""A model of the store and what its small layers say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from backend.errors import StoreError
from backend.store import manifest as media
from backend.store.manifest import Config, Layer, Manifest, parse_json
from backend.store.weights import read_weights

if TYPE_CHECKING:
    from pathlib import Path

    from backend.gguf import GGUF
    from backend.store.blobs import Blobs
    from backend.store.digest import Digest
    from backend.store.name import ModelName

TEXT_LIMIT = 16 << 20  # bytes of one small layer, and of all licences together
_CONFIG_LIMIT = 4 << 20


@dataclass(frozen=True)
class StoredModel:
    """`digest` is 64 hex digits of the manifest file's bytes, `modified_at` its mtime in unix seconds.

    The other properties read blobs when first asked and raise `StoreError` if one is missing or cannot be read.
    Where a model has several layers of one kind the last wins, as in Ollama.
    """

    name: ModelName
    manifest: Manifest
    digest: str
    modified_at: float
    blobs: Blobs

    @property
    def size(self) -> int:
        """Bytes of all layers and the configuration."""
        return self.manifest.size

    @cached_property
    def config(self) -> Config:
        return Config.parse(self._read(self.manifest.config, _CONFIG_LIMIT))

    @property
    def weights(self) -> Path:
        """The GGUF (or old GGML) file."""
        return self._path(self._weights_layer)

    @property
    def weights_digest(self) -> Digest:
        return self._weights_layer.digest

    @property
    def parent_model(self) -> str:
        """Display name of the model that the weights were taken from; empty if there is none."""
        layers = self._layers(media.MODEL)
        return layers[-1].from_ if layers else ""

    @cached_property
    def gguf(self) -> GGUF:
        """The weights' metadata without long arrays, of a GGML file too. Raises `BadModelFile` too."""
        return self.read_weights()

    def read_weights(self, *, arrays: bool = False) -> GGUF:
        """The same, read anew, with the long arrays if they are asked for."""
        return read_weights(self.weights, self.config.model_format, self.config.model_family, arrays=arrays)

    @property
    def projectors(self) -> tuple[Path, ...]:
        return tuple(self._path(layer) for layer in self._layers(media.PROJECTOR))

    @property
    def adapters(self) -> tuple[Path, ...]:
        return tuple(self._path(layer) for layer in self._layers(media.ADAPTER))

    @property
    def extras(self) -> str:
        """What comes with the weights and not every engine knows: "LoRA adapters", "images"; empty for nothing."""
        parts = {"LoRA adapters": media.ADAPTER, "images": media.PROJECTOR}
        return " and ".join(text for text, media_type in parts.items() if self._layers(media_type))

    @property
    def drafts(self) -> tuple[Path, ...]:
        return tuple(self._path(layer) for layer in self._layers(media.DRAFT))

    @cached_property
    def template(self) -> str:
        """The Go template; empty if the model has none."""
        return self._text(media.TEMPLATE, media.PROMPT)

    @cached_property
    def system(self) -> str:
        return self._text(media.SYSTEM)

    @cached_property
    def params(self) -> dict[str, Any]:
        """Option → value; `stop` is a list."""
        document = self._json(media.PARAMS, {})
        if not isinstance(document, dict):
            raise StoreError(f"model '{self.name}' is damaged: its parameters are not a JSON object")
        return document

    @cached_property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation that the model begins with: objects with `role` and `content`."""
        document = self._json(media.MESSAGES, [])
        if not isinstance(document, list) or not all(isinstance(message, dict) for message in document):
            raise StoreError(f"model '{self.name}' is damaged: its messages are not a list of JSON objects")
        return document

    @cached_property
    def licenses(self) -> list[str]:
        texts: list[str] = []
        left = TEXT_LIMIT
        for layer in self._layers(media.LICENSE):
            data = self._read(layer, left)
            left -= len(data)
            texts.append(data.decode("utf-8", "replace"))
        return texts

    @property
    def _weights_layer(self) -> Layer:
        layers = self._layers(media.MODEL)
        if layers:
            return layers[-1]
        if self._layers(media.TENSOR):
            raise StoreError(f"model '{self.name}' is not in GGUF format: it requires MLX, which Puna does not run")
        raise StoreError(f"model '{self.name}' has no weights on this machine")

    def _layers(self, *media_types: str) -> list[Layer]:
        return [layer for layer in self.manifest.layers if layer.media_type in media_types]

    def _path(self, layer: Layer) -> Path:
        if self.blobs.size(layer.digest) is None:
            raise self._missing(layer)
        return self.blobs.path(layer.digest)

    def _read(self, layer: Layer, limit: int = TEXT_LIMIT) -> bytes:
        if self.blobs.size(layer.digest) is None:
            raise self._missing(layer)
        return self.blobs.read(layer.digest, limit)

    def _text(self, *media_types: str) -> str:
        layers = self._layers(*media_types)
        return self._read(layers[-1]).decode("utf-8", "replace") if layers else ""

    def _json(self, media_type: str, default: object) -> object:
        layers = self._layers(media_type)
        return parse_json(self._read(layers[-1]), f"a layer of model '{self.name}'") if layers else default

    def _missing(self, layer: Layer) -> StoreError:
        return StoreError(f"model '{self.name}' is damaged: blob {layer.digest.short} is missing; pull it again")
