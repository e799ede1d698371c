"""The server's side of `POST /api/create` (the specification's section F.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from backend.errors import BadRequest, BadTemplate, ModelNotFound
from backend.modelfile.build import Build
from backend.modelfile.info import Info, parse_info
from backend.modelfile.overlay import lay_over
from backend.modelfile.quantize import parse_type, quantize
from backend.modelfile.remote import remote_url
from backend.modelfile.uploads import digests, read_files
from backend.store import ModelName
from backend.store.manifest import DRAFT, MODEL, TEMPLATE
from backend.template.known import detect
from backend.template.template import read
from backend.wire.ollama import CreateRequest, Progress

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from backend.store import Digest, Store, StoredModel

# https://semver.org, shortened: `0.14.0`, `v1.2`, `1.0.0-rc1`.
_VERSION = re.compile(r"v?\d{1,9}(\.\d{1,9}){0,2}(-[0-9A-Za-z.-]{1,80})?(\+[0-9A-Za-z.-]{1,80})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A request that was checked."""

    request: CreateRequest
    name: ModelName
    files: Mapping[str, Digest]
    adapters: Mapping[str, Digest]
    drafts: Mapping[str, Digest]
    quantize: str  # a key of `mixture.TARGETS`, or empty
    draft_quantize: str
    info: Info
    model_type: str  # of a GGML file; empty leaves it to the file


def create(store: Store, request: CreateRequest) -> Generator[Progress, None, None]:
    """Checks the request at once, then makes the model as the generator is driven (blocking; drive it in a thread).

    The manifest is the last thing written: whatever is raised before, and closing the generator, leaves the store's
    models as they were. Each step takes at most about a second. Raises `BadRequest` and its kin in the words of
    section F.3, `ModelNotFound` for a missing `from`, `BadModelFile`, `ConversionFailed` and `StoreError`.
    """
    files, adapters, drafts = (digests(given or {}) for given in (request.files, request.adapters, request.draft_files))
    if request.draft_quantize and not drafts:
        raise BadRequest("--draft-quantize requires a DRAFT model")
    name = ModelName.parse_plain(request.model or request.name)
    quantized = parse_type(request.quantize or request.quantization)
    draft_quantized = parse_type(request.draft_quantize)
    if request.requires and not _VERSION.fullmatch(request.requires):
        raise BadRequest("requires must be a valid semver (e.g. 0.14.0)")
    if request.template:
        _check_template(request.template)
    if not request.from_ and request.files is None:
        raise BadRequest("neither 'from' or 'files' was specified")
    if len(adapters) > 1 and not any(file.endswith(".safetensors") for file in adapters):
        raise BadRequest("only one adapter is currently supported")
    info = parse_info(request.info)
    if request.remote_host:
        return _remote(store, request, name, info)
    model_type = _take_model_type(request) or info.model_type
    return _steps(store, _Plan(request, name, files, adapters, drafts, quantized, draft_quantized, info, model_type))


def is_remote(request: CreateRequest) -> bool:
    """Whether `from` is the name of a model on another host, which is not to be pulled."""
    return bool(request.remote_host)


def _steps(store: Store, plan: _Plan) -> Generator[Progress, None, None]:
    request = plan.request
    parameters: dict[str, Any] = {}
    with Build(store, plan.model_type) as build:
        if request.from_:
            base = _base(store, request.from_)
            build.inherit(base)
            parameters = base.params
        else:
            yield from _add_files(build, plan.files)
            parameters = _detect_template(build)
        for digest in (yield from read_files(build, plan.adapters, adapter=True)):
            build.add_adapter(digest)
        for digest in (yield from read_files(build, plan.drafts)):
            build.set_draft(digest)
        if plan.quantize:
            yield from quantize(build, MODEL, plan.quantize)
        if plan.draft_quantize:
            yield from quantize(build, DRAFT, plan.draft_quantize)
        lay_over(build, request, parameters)
        build.check()
        build.config = plan.info.over(build.config)
        yield from _finish(build, plan.name)


def _remote(store: Store, request: CreateRequest, name: ModelName, info: Info) -> Generator[Progress, None, None]:
    """A model that is a name of one on another host: settings without weights."""
    ModelName.parse_plain(request.from_)
    host = remote_url(request.remote_host)
    if request.draft_files:
        raise BadRequest("DRAFT cannot be used with remote models")
    with Build(store) as build:
        lay_over(build, request, {})
        config = msgspec.structs.replace(build.config, remote_host=host, remote_model=request.from_)
        build.config = info.over(config)
        yield from _finish(build, name)


def _finish(build: Build, name: ModelName) -> Iterator[Progress]:
    for status in build.statuses():
        yield Progress(status=status)
    yield Progress(status="writing manifest")
    build.write(name)
    yield Progress(status="success")


def _take_model_type(request: CreateRequest) -> str:
    """What the parameter `model_type` says. It goes into the model's configuration and not among its parameters."""
    given = request.parameters.pop("model_type", "")
    if not isinstance(given, str):
        raise BadRequest("model_type must be a text, such as gpt2")
    return given


def _check_template(text: str) -> None:
    try:
        read(text)
    except BadTemplate as error:
        raise BadRequest(f"template error: {error.message}") from None


def _base(store: Store, given: str) -> StoredModel:
    try:
        return store.get(ModelName.parse_plain(given))
    except ModelNotFound:
        raise ModelNotFound(f"model '{given}' not found; pull it first") from None


def _add_files(build: Build, files: Mapping[str, Digest]) -> Iterator[Progress]:
    if not files:
        raise BadRequest("unknown type")
    for digest in (yield from read_files(build, files)):
        build.add_file(digest)
    if not build.layers(MODEL):
        raise BadRequest("the files hold no model, only what goes with one; add the model's GGUF file or use 'from'")


def _detect_template(build: Build) -> dict[str, Any]:
    """Adds the template of the format that the weights are known to speak; returns its parameters (section G.3)."""
    found = detect(build.chat_template)
    if found is None:
        return {}
    build.append(TEMPLATE, found.template.encode(), status=f"using autodetected template {found.name}")
    return dict(found.parameters)
