"""A model under construction: its layers and its configuration (the specification's sections D and F.3)."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import msgspec

from backend import gguf as gguf_files
from backend.errors import BadRequest
from backend.store import Config, Digest, Layer, Manifest
from backend.store.manifest import ADAPTER, CONFIG, JSON, MODEL, PROJECTOR, TENSOR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from backend.gguf import GGUF
    from backend.store import ModelName, Store, StoredModel


class Build:
    """A context manager; until the block ends, nobody removes the blobs that the new model is going to mention."""

    def __init__(self, store: Store) -> None:
        self.config = Config()
        self.chat_template = ""  # of the weights that were added
        self._store = store
        self._layers: list[Layer] = []
        self._new: set[Digest] = set()
        self._statuses: dict[Digest, str] = {}
        self._held = ExitStack()

    def __enter__(self) -> Build:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def inherit(self, model: StoredModel) -> None:
        """Starts from another model.

        Raises `BadRequest` for one that does not run here, and `StoreError` for one that lacks its configuration;
        one that lacks another blob is found out by `write`.
        """
        self.config = model.config
        layers = model.manifest.layers
        if self.config.remote_host or any(layer.media_type in {TENSOR, JSON} for layer in layers):
            raise BadRequest(f"'{model.name}' is not a GGUF model; models can only be created from GGUF models")
        self._held.enter_context(self._store.blobs.hold(*model.manifest.digests))
        self._layers += [Layer(layer.media_type, layer.digest, layer.size, str(model.name)) for layer in layers]

    def add_file(self, digest: Digest) -> None:
        """Adds an uploaded GGUF as what it says it is: the model, a projector or an adapter.

        Raises `BadRequest` if it was not uploaded, is split, or is a second model; `BadGGUF` if it is damaged.
        """
        self._add(digest)
        if len(self.layers(MODEL)) > 1:
            raise BadRequest("the files hold more than one model; name the one to create the model from")

    def add_adapter(self, digest: Digest) -> None:
        """Adds an uploaded LoRA adapter. Raises as `add_file` does, and `BadRequest` for any other GGUF."""
        if self._add(digest) != ADAPTER:
            raise BadRequest("the adapter is not a LoRA adapter in GGUF format")

    def layers(self, *media_types: str) -> list[Layer]:
        """The layers of these types so far."""
        return [layer for layer in self._layers if layer.media_type in media_types]

    def remove(self, *media_types: str) -> None:
        """Leaves out the layers of these types."""
        for layer in self.layers(*media_types):
            self._statuses.pop(layer.digest, None)
        self._layers = [layer for layer in self._layers if layer.media_type not in media_types]

    def append(self, media_type: str, data: bytes, *, status: str = "") -> None:
        """Adds a small layer, told by `status` if there is one. Raises `StoreError` if it cannot be written."""
        layer = self._put(media_type, data)
        self._layers.append(layer)
        if status:
            self._statuses[layer.digest] = status

    def statuses(self) -> Iterator[str]:
        """One line for every layer, in their order."""
        for layer in self._layers:
            origin = "creating new layer" if layer.digest in self._new else "using existing layer"
            yield self._statuses.get(layer.digest) or f"{origin} {layer.digest}"

    def write(self, name: ModelName) -> StoredModel:
        """Makes the model appear in the store. Raises `StoreError`."""
        manifest = Manifest(self._put(CONFIG, self.config.encode()), tuple(self._layers))
        with self._store.blobs.hold(*manifest.digests):
            self._held.close()  # what was replaced on the way may go with the model that this one replaces
            return self._store.write(name, manifest)

    def _add(self, digest: Digest) -> str:
        size = self._hold(digest)
        gguf = gguf_files.read(self._store.blobs.path(digest))
        if gguf.get_int("split.count") > 1:
            raise BadRequest(
                "split GGUF files are not supported by this version; join them with llama-gguf-split --merge first"
            )
        media_type = _media_type(gguf)
        if media_type == MODEL:
            self.chat_template = gguf.chat_template
            self.config = msgspec.structs.replace(
                self.config,
                model_format="gguf",
                model_family=gguf.architecture,
                model_type=gguf.parameter_size,
                file_type=gguf.file_type,
            )
        families = self.config.model_families or ()
        if gguf.architecture and gguf.architecture not in families:
            self.config = msgspec.structs.replace(self.config, model_families=(*families, gguf.architecture))
        self._layers.append(Layer(media_type, digest, size))
        return media_type

    def _put(self, media_type: str, data: bytes) -> Layer:
        digest = Digest.of(data)
        self._held.enter_context(self._store.blobs.hold(digest))
        if not self._store.blobs.touch(digest):
            self._store.blobs.put(data)
            self._new.add(digest)
        return Layer(media_type, digest, len(data))

    def _hold(self, digest: Digest) -> int:
        """Keeps an existing blob; returns its size in bytes."""
        self._held.enter_context(self._store.blobs.hold(digest))
        size = self._store.blobs.size(digest)
        if size is None:
            raise BadRequest(f'blob "{digest}" not found; upload it with POST /api/blobs/{digest} first')
        return size


def _media_type(gguf: GGUF) -> str:
    """Section F.3, "GGUF kind"."""
    kind = gguf.get_text("general.type").lower()
    if kind == "adapter":
        return ADAPTER
    sees_only = gguf.figure("vision.block_count") > 0 and not gguf.block_count
    if kind in {"projector", "mmproj"} or gguf.architecture == "clip" or sees_only:
        return PROJECTOR
    return MODEL
