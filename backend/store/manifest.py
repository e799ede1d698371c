"""Manifests and configurations: the JSON documents of a store (the specification's section D)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from backend.errors import InvalidDigest, StoreError
from backend.store.digest import Digest

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
MODEL = "application/vnd.ollama.image.model"
PROJECTOR = "application/vnd.ollama.image.projector"
ADAPTER = "application/vnd.ollama.image.adapter"
DRAFT = "application/vnd.ollama.image.draft"
TEMPLATE = "application/vnd.ollama.image.template"
PROMPT = "application/vnd.ollama.image.prompt"
SYSTEM = "application/vnd.ollama.image.system"
PARAMS = "application/vnd.ollama.image.params"
MESSAGES = "application/vnd.ollama.image.messages"
LICENSE = "application/vnd.ollama.image.license"
EMBED = "application/vnd.ollama.image.embed"
TENSOR = "application/vnd.ollama.image.tensor"
JSON = "application/vnd.ollama.image.json"

_WHOLE = 1 << 63  # larger ones do not fit into an integer of JSON's writer
MANIFEST_LIMIT = 4 << 20  # bytes; threats.md, "Hostile manifest"


@dataclass(frozen=True, slots=True)
class Layer:
    """One blob of a model. `from_` is the display name of the model that it was taken from; `size` is in bytes."""

    media_type: str
    digest: Digest
    size: int
    from_: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model is made of."""

    config: Layer
    layers: tuple[Layer, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """Reads a manifest of Ollama or of a registry; unknown keys are ignored.

        Raises `StoreError` for one over `MANIFEST_LIMIT`, for bad JSON, and for a layer without a valid digest or
        size.
        """
        if len(data) > MANIFEST_LIMIT:
            raise StoreError(f"the manifest has {len(data)} bytes, more than the {MANIFEST_LIMIT} allowed")
        try:
            document = msgspec.json.decode(data, type=_Manifest)
            return cls(_layer(document.config), tuple(_layer(layer) for layer in document.layers or ()))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidDigest) as error:
            raise StoreError(f"the manifest cannot be read: {error}") from error

    def encode(self) -> bytes:
        """The bytes that Ollama writes: its key order, `from` and `name` only if they say something, a newline."""
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _document(self.config),
            "layers": [_document(layer) for layer in self.layers],
        }
        return go_json(document)

    @property
    def digests(self) -> frozenset[Digest]:
        """Every blob that the model needs, its configuration included."""
        return frozenset(layer.digest for layer in (self.config, *self.layers))

    @property
    def size(self) -> int:
        """Bytes of all layers and the configuration."""
        return self.config.size + sum(layer.size for layer in self.layers)


class Draft(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """The speculative draft model of a configuration."""

    model_format: str = ""
    architecture: str = ""
    tensor_prefix: str = ""
    config: Any = None


class Config(msgspec.Struct, kw_only=True, frozen=True):
    """The configuration blob. Field order is the key order on disk; `architecture` is the one of the machine."""

    model_format: str = ""
    model_family: str = ""
    model_families: tuple[str, ...] | None = None
    model_type: str = ""
    file_type: str = ""
    renderer: str = ""
    parser: str = ""
    requires: str = ""
    remote_host: str = ""
    remote_model: str = ""
    capabilities: tuple[str, ...] = ()
    context_length: int = 0
    embedding_length: int = 0
    base_name: str = ""
    draft: Draft | None = None
    architecture: str = "amd64"
    os: str = "linux"

    @classmethod
    def parse(cls, data: bytes) -> Config:
        """Reads leniently: unknown keys and values of a wrong type are ignored. Raises `StoreError` for bad JSON."""
        document = parse_json(data, "the configuration")
        if not isinstance(document, dict):
            raise StoreError("the configuration is not a JSON object")
        values = {}
        for field in msgspec.structs.fields(cls):
            try:
                values[field.name] = msgspec.convert(document[field.name], field.type)
            except (KeyError, msgspec.ValidationError):
                continue
        return cls(**values)

    def encode(self) -> bytes:
        """The bytes that Ollama writes, with a newline at the end."""
        document = msgspec.to_builtins(self)
        return go_json({key: value for key, value in document.items() if value or key in _ALWAYS})


_ALWAYS = {"model_format", "model_family", "model_families", "model_type", "file_type", "architecture", "os"}
_GO_ESCAPES = {char.encode(): f"\\u{ord(char):04x}".encode() for char in "<>&\u2028\u2029"}


def go_json(document: object) -> bytes:
    """JSON as Go's encoder writes it: `<`, `>`, `&` and the two line separators escaped, whole numbers without a point,
    a newline at the end.
    """
    data = orjson.dumps(_whole(document))
    for char, escape in _GO_ESCAPES.items():
        data = data.replace(char, escape)
    return data + b"\n"


def _whole(value: object) -> object:
    """Go knows one kind of number there, and writes 1.0 as 1."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE:
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


def parse_json(data: bytes, what: str) -> Any:
    """A JSON value of the store; `what` begins the message of the `StoreError` for a bad one."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise StoreError(f"{what} is not valid JSON: {error}") from error


class _Layer(msgspec.Struct):
    """A layer on disk; `null` means the same as an absent key."""

    digest: str
    size: int
    media_type: str | None = msgspec.field(default=None, name="mediaType")
    from_: str | None = msgspec.field(default=None, name="from")
    name: str | None = None


class _Manifest(msgspec.Struct):
    config: _Layer
    layers: list[_Layer] | None = None


def _layer(document: _Layer) -> Layer:
    if document.size < 0:
        raise StoreError(f"the manifest cannot be read: a layer has the size {document.size}")
    digest = Digest.parse(document.digest)
    return Layer(document.media_type or "", digest, document.size, document.from_ or "", document.name or "")


def _document(layer: Layer) -> dict[str, object]:
    document = {"mediaType": layer.media_type, "digest": str(layer.digest), "size": layer.size}
    return document | {key: value for key, value in (("from", layer.from_), ("name", layer.name)) if value}
