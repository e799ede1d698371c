"""The server's side of `POST /api/create` (the specification's section F.3)."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec

from backend import gguf as gguf_files
from backend.errors import BadGGUF, BadRequest, BadTemplate, InvalidDigest, ModelNotFound
from backend.modelfile.build import Build
from backend.store import Digest, ModelName
from backend.store.manifest import LICENSE, MESSAGES, MODEL, PARAMS, PROMPT, SYSTEM, TEMPLATE, go_json
from backend.template.known import detect
from backend.template.template import read
from backend.wire.ollama import CreateRequest, Message, Progress

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from pathlib import Path

    from backend.store import Store, StoredModel

# https://semver.org, shortened: `0.14.0`, `v1.2`, `1.0.0-rc1`.
_VERSION = re.compile(r"v?\d{1,9}(\.\d{1,9}){0,2}(-[0-9A-Za-z.-]{1,80})?(\+[0-9A-Za-z.-]{1,80})?", re.ASCII)


def create(store: Store, request: CreateRequest) -> Generator[Progress, None, None]:
    """Checks the request at once, then makes the model as the generator is driven (blocking; drive it in a thread).

    The manifest is the last thing written: whatever is raised before leaves the store's models as they were.
    Raises `BadRequest` and its kin in the words of section F.3, `ModelNotFound` for a missing `from`, `BadGGUF`
    and `StoreError`.
    """
    files = _digests(request.files or {})
    adapters = _digests(request.adapters)
    name = ModelName.parse_plain(request.model or request.name)
    if request.quantize:
        raise BadRequest(
            "quantizing is not supported by this version; quantize the file with llama-quantize and create the model "
            "from the result"
        )
    if request.requires and not _VERSION.fullmatch(request.requires):
        raise BadRequest("requires must be a valid semver (e.g. 0.14.0)")
    if request.template:
        _check_template(request.template)
    if not request.from_ and request.files is None:
        raise BadRequest("neither 'from' or 'files' was specified")
    if len(adapters) > 1:
        raise BadRequest("only one adapter is currently supported")
    return _steps(store, request, name, files, adapters)


def _steps(
    store: Store,
    request: CreateRequest,
    name: ModelName,
    files: Mapping[str, Digest],
    adapters: Mapping[str, Digest],
) -> Generator[Progress, None, None]:
    parameters: dict[str, Any] = {}
    with Build(store) as build:
        if request.from_:
            base = _base(store, request.from_)
            build.inherit(base)
            parameters = base.params
        else:
            yield from _add_files(store, build, files)
            parameters = _detect_template(build)
        for file, digest in adapters.items():
            yield Progress(status="parsing GGUF")
            _expect_gguf(store.blobs.path(digest), file)
            build.add_adapter(digest)
        _lay_over(build, request, parameters)
        for status in build.statuses():
            yield Progress(status=status)
        yield Progress(status="writing manifest")
        build.write(name)
    yield Progress(status="success")


def _check_template(text: str) -> None:
    try:
        read(text)
    except BadTemplate as error:
        raise BadRequest(f"template error: {error.message}") from None


def _digests(files: Mapping[str, str]) -> dict[str, Digest]:
    for file in files:
        if "\0" in file or "\\" in file or not _is_clean(file):
            raise BadRequest("file path must be relative")
    if not all(files.values()):
        raise InvalidDigest("invalid digest format")
    return {file: Digest.parse(digest) for file, digest in files.items()}


def _is_clean(file: str) -> bool:
    """Whether the name is relative and in its shortest form: nothing in it leads out of its folder."""
    path = PurePosixPath(file)
    return str(path) == file != "." and not path.is_absolute() and ".." not in path.parts


def _base(store: Store, given: str) -> StoredModel:
    try:
        return store.get(ModelName.parse_plain(given))
    except ModelNotFound:
        raise ModelNotFound(f"model '{given}' not found; pull it first") from None


def _add_files(store: Store, build: Build, files: Mapping[str, Digest]) -> Iterator[Progress]:
    if not files:
        raise BadRequest("unknown type")
    for file, digest in files.items():
        yield Progress(status="parsing GGUF")
        _expect_gguf(store.blobs.path(digest), file)
        build.add_file(digest)
    if not build.layers(MODEL):
        raise BadRequest("the files hold no model, only what goes with one; add the model's GGUF file or use 'from'")


def _detect_template(build: Build) -> dict[str, Any]:
    """Adds the template and the parameters of the format that the weights are known to speak (section G.3)."""
    found = detect(build.chat_template)
    if found is None:
        return {}
    build.append(TEMPLATE, found.template.encode(), status=f"using autodetected template {found.name}")
    build.append(PARAMS, go_json(dict(sorted(found.parameters.items()))))
    return dict(found.parameters)


def _expect_gguf(path: Path, file: str) -> None:
    """Tells a file that is no GGUF apart, as far as its first bytes and its name do."""
    try:
        kind = gguf_files.kind(path)
    except BadGGUF:  # missing: the build says so in better words
        return
    if kind == "safetensors" or (kind == "unknown" and file.endswith(".safetensors")):
        raise BadRequest(
            "safetensors models are not supported by this version; convert the model to GGUF with llama.cpp's "
            "convert_hf_to_gguf.py and create it from the result"
        )
    if kind == "ggml":
        raise BadRequest("models in GGML formats older than GGUF are not supported by this version; use a GGUF file")
    if kind != "gguf":
        raise BadRequest("supplied file was not in GGUF format" if file.endswith(".gguf") else "unknown type")


def _lay_over(build: Build, request: CreateRequest, parameters: dict[str, Any]) -> None:
    """Template, system and messages replace, licenses accumulate, the request's parameters go over the base's.

    What the request leaves empty stays as the base has it.
    """
    if request.template:
        build.remove(TEMPLATE, PROMPT)
        build.append(TEMPLATE, request.template.encode())
    if request.system:
        build.remove(SYSTEM)
        build.append(SYSTEM, request.system.encode())
    for text in [request.license] if isinstance(request.license, str) else request.license:
        if text:
            build.append(LICENSE, text.encode())
    if request.parameters:
        merged = {**parameters, **request.parameters}
        build.remove(PARAMS)
        build.append(PARAMS, go_json({name: _listed(name, merged[name]) for name in sorted(merged)}))
    if request.messages:
        build.remove(MESSAGES)
        build.append(MESSAGES, go_json([_message(message) for message in request.messages]))
    given = {"renderer": request.renderer, "parser": request.parser, "requires": request.requires}
    build.config = msgspec.structs.replace(build.config, **{name: text for name, text in given.items() if text})


def _listed(name: str, value: object) -> object:
    """A single stop text as the list that the option is: nobody could run the model otherwise (section A.6)."""
    return [value] if name == "stop" and isinstance(value, str) else value


def _message(message: Message) -> dict[str, Any]:
    """On disk `content` is always there, even if it is empty."""
    fields = msgspec.to_builtins(message)
    return {"role": message.role, "content": message.content, **fields}
