"""A model under construction: its layers and its configuration (the specification's sections D and F.3)."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import msgspec

from backend import engine_choice, ggml
from backend import gguf as gguf_files
from backend.conversion.process import convert
from backend.errors import BadRequest
from backend.store import Config, Digest, Layer, Manifest
from backend.store.manifest import ADAPTER, CONFIG, DRAFT, JSON, MODEL, PROJECTOR, TENSOR, Draft
from backend.store.model import TEXT_LIMIT
from backend.store.weights import GGML, read_weights

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path
    from types import TracebackType

    from backend.conversion.order import Order, Progressed
    from backend.gguf import GGUF
    from backend.store import ModelName, Store, StoredModel

_LAYERS = 1024  # each is a file to be made durable; models have about ten


class Build:
    """A context manager; until the block ends, nobody removes the blobs that the new model is going to mention.

    `model_type` is the family of a GGML file that does not tell it (`backend.ggml`).
    """

    def __init__(self, store: Store, model_type: str = "") -> None:
        self.config = Config()
        self._model_type = model_type
        self.chat_template = ""  # of the weights that were added
        self._store = store
        self._layers: list[Layer] = []
        self._new: set[Digest] = set()
        self._made: set[Digest] = set()  # by conversions
        self._statuses: dict[Digest, str] = {}
        self._held = ExitStack()

    def __enter__(self) -> Build:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()
        self._store.remove_unused(self._made)  # what was only a step on the way

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

    def convert(self, order: Order) -> Generator[Progressed, None, Digest]:
        """Makes a new file of files in the store (`backend.conversion`) and returns its digest.

        It goes with the build if no model mentions it then. Closing the generator ends the conversion. Raises
        `ConversionFailed` and `StoreError`.
        """
        return (yield from convert(order, self._store.blobs, self._hold_converted))

    def add_file(self, digest: Digest) -> None:
        """Adds a GGUF of the store as what it says it is: the model, a projector or an adapter; or a GGML model.

        Raises `BadRequest` if it was not uploaded, is one of a split set, or is a second model; `BadModelFile` if it
        is damaged.
        """
        self._add(digest)
        if len(self.layers(MODEL)) > 1:
            raise BadRequest("the files hold more than one model; name the one to create the model from")

    def add_adapter(self, digest: Digest) -> None:
        """Adds an uploaded LoRA adapter. Raises as `add_file` does, and `BadRequest` for any other GGUF."""
        if self._add(digest) != ADAPTER:
            raise BadRequest("the adapter is not a LoRA adapter in GGUF format")

    def set_draft(self, digest: Digest) -> None:
        """Makes a GGUF of the store the draft model, instead of one that there is. Raises as `add_file` does."""
        size = self.hold(digest)
        gguf = _read_whole(self.path(digest))
        if _media_type(gguf) != MODEL:
            raise BadRequest("the draft is not a model in GGUF format")
        self.remove(DRAFT)
        self._layers.append(Layer(DRAFT, digest, size))
        draft = Draft(model_format="gguf", architecture=gguf.architecture)
        self.config = msgspec.structs.replace(self.config, draft=draft)

    def replace(self, layer: Layer, digest: Digest) -> None:
        """Puts a converted GGUF in the place of the one that it was made of. Raises `BadGGUF` if it is damaged."""
        size = self.hold(digest)
        gguf = _read_whole(self.path(digest))
        self._layers[self._layers.index(layer)] = Layer(layer.media_type, digest, size)
        if layer.media_type == MODEL:
            self._describe(gguf)

    def hold(self, digest: Digest) -> int:
        """Keeps a blob until the build ends; returns its size in bytes. Raises `BadRequest` if it is missing."""
        self._held.enter_context(self._store.blobs.hold(digest))
        size = self._store.blobs.size(digest)
        if size is None:
            raise BadRequest(f'blob "{digest}" not found; upload it with POST /api/blobs/{digest} first')
        return size

    def path(self, digest: Digest) -> Path:
        """Where the blob lies."""
        return self._store.blobs.path(digest)

    def layers(self, *media_types: str) -> list[Layer]:
        """The layers of these types so far."""
        return [layer for layer in self._layers if layer.media_type in media_types]

    def remove(self, *media_types: str) -> None:
        """Leaves out the layers of these types."""
        for layer in self.layers(*media_types):
            self._statuses.pop(layer.digest, None)
        self._layers = [layer for layer in self._layers if layer.media_type not in media_types]

    def append(self, media_type: str, data: bytes, *, status: str = "") -> None:
        """Adds a small layer, told by `status` if there is one.

        Raises `BadRequest` if nobody could read it again or there are too many, `StoreError` if it cannot be written.
        """
        if len(self._layers) >= _LAYERS:
            raise BadRequest(f"the model has more than {_LAYERS} layers", status=413)
        if sum(layer.size for layer in self.layers(media_type)) + len(data) > TEXT_LIMIT:
            raise BadRequest(f"the model's texts of one kind take more than {TEXT_LIMIT >> 20} MiB", status=413)
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

    @property
    def is_old(self) -> bool:
        """Whether the model is in a format that llama.cpp reads no more: nothing can go with it."""
        return bool(self.layers(MODEL)) and self._read_model().is_old

    def check(self) -> None:
        """Raises `BadRequest` and `BadModelFile` for a model that no engine runs, or whose type is stated wrongly."""
        if not self.layers(MODEL):
            return
        gguf = self._read_model()
        if self._model_type and self.config.model_format != GGML:
            raise BadRequest("model_type is for GGML files alone; a GGUF file says itself what it is")
        if not gguf.is_old:
            return
        extras = {"LoRA adapters": ADAPTER, "images": PROJECTOR, "draft models": DRAFT}
        beside = " and ".join(text for text, media_type in extras.items() if self.layers(media_type))
        engine_choice.choose(engine_choice.of_gguf(gguf, extras=beside), own_server=False)
        if self.config.model_format == GGML:
            self._describe_ggml(gguf)
        else:
            ggml.check_gguf(self.path(self.layers(MODEL)[-1].digest))

    def _read_model(self) -> GGUF:
        """The weights' header. A stated type goes over the one that the model which they were taken from has."""
        path = self.path(self.layers(MODEL)[-1].digest)
        return read_weights(path, self.config.model_format, self._model_type or self.config.model_family)

    def _add_ggml(self, digest: Digest, size: int) -> str:
        self._describe_ggml(ggml.read(self.path(digest), self._model_type).as_gguf())
        self._layers.append(Layer(MODEL, digest, size))
        return MODEL

    def _describe_ggml(self, gguf: GGUF) -> None:
        self._describe(gguf, GGML)
        self.config = msgspec.structs.replace(self.config, model_families=(gguf.architecture,))

    def _add(self, digest: Digest) -> str:
        size = self.hold(digest)
        if gguf_files.kind(self.path(digest)) == "ggml":
            return self._add_ggml(digest, size)
        gguf = _read_whole(self.path(digest))
        media_type = _media_type(gguf)
        if media_type == MODEL:
            self._describe(gguf)
        if gguf.architecture:  # of each file, as in Ollama, also if several say the same
            families = (*(self.config.model_families or ()), gguf.architecture)
            self.config = msgspec.structs.replace(self.config, model_families=families)
        self._layers.append(Layer(media_type, digest, size))
        return media_type

    def _describe(self, gguf: GGUF, model_format: str = "gguf") -> None:
        self.chat_template = gguf.chat_template
        self.config = msgspec.structs.replace(
            self.config,
            model_format=model_format,
            model_family=gguf.architecture,
            model_type=gguf.parameter_size,
            file_type=gguf.file_type,
        )

    def _hold_converted(self, digest: Digest) -> None:
        self._held.enter_context(self._store.blobs.hold(digest))
        self._new.add(digest)
        if self._store.blobs.size(digest) is None:
            self._made.add(digest)

    def _put(self, media_type: str, data: bytes) -> Layer:
        digest = Digest.of(data)
        self._held.enter_context(self._store.blobs.hold(digest))
        if not self._store.blobs.touch(digest):
            self._store.blobs.put(data)
            self._new.add(digest)
        return Layer(media_type, digest, len(data))


def _read_whole(path: Path) -> GGUF:
    gguf = gguf_files.read(path)
    if gguf.get_int("split.count") > 1:
        raise BadRequest(
            f"the file is one of {gguf.get_int('split.count')} of a split GGUF set; give all of them, under names like "
            "model-00001-of-00003.gguf"
        )
    return gguf


def _media_type(gguf: GGUF) -> str:
    """Section F.3, "GGUF kind"."""
    kind = gguf.get_text("general.type").lower()
    if kind == "adapter":
        return ADAPTER
    sees_only = gguf.figure("vision.block_count") > 0 and not gguf.block_count
    if kind in {"projector", "mmproj"} or gguf.architecture == "clip" or sees_only:
        return PROJECTOR
    return MODEL
