"""Models as clients see them: the items of `/api/tags` and the answer of `/api/show` (sections A.7 and A.9)."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from backend import gguf as gguf_files
from backend.errors import BackendError
from backend.gguf import GGUF, SkippedArray
from backend.modelfile import parser
from backend.modelfile.capabilities import capabilities, in_order, of_layers, of_weights, template_path
from backend.modelfile.parser import Command, Modelfile
from backend.store.weights import GGML, read_weights
from backend.template.choice import Path as TemplatePath
from backend.timestamp import rfc3339
from backend.wire.ollama import Details, Message, ModelSummary, ShowResponse, TensorInfo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backend.store import StoredModel

__all__ = ["capabilities", "details", "show", "summary"]

_DEFAULT_TEMPLATE = "{{ .Prompt }}"
_HIDDEN_METADATA = frozenset({"general.name", "tokenizer.chat_template"})
_KEY_WIDTH = 30
_SINGLE_DIGITS = range(6, 10)  # 9 decimal digits tell any two 32-bit floats apart


@dataclass(frozen=True, slots=True)
class _Header:
    """What a listing needs of the weights: few bytes per model, so that many can be kept."""

    context_length: int = 0
    embedding_length: int = 0
    file_type: str = ""
    capabilities: tuple[str, ...] = ()
    is_old: bool = False


def summary(model: StoredModel) -> ModelSummary:
    """The model's item in `/api/tags`. Weights that cannot be read leave their figures out.

    Raises `StoreError` if the configuration or another small layer is missing.
    """
    config, header = model.config, _header(model)
    body = _details(model, header.file_type)
    body.context_length = config.context_length or header.context_length
    body.embedding_length = config.embedding_length or header.embedding_length
    return ModelSummary(
        name=str(model.name),
        model=str(model.name),
        remote_model=config.remote_model,
        remote_host=config.remote_host,
        modified_at=rfc3339(model.modified_at, local=True),
        size=model.size,
        digest=model.digest,
        details=body,
        capabilities=in_order({*header.capabilities, *(() if header.is_old else of_layers(model))}),
    )


def details(model: StoredModel) -> Details:
    """What show and ps say about the model's kind. Raises `StoreError` if the configuration is missing."""
    return _details(model, "" if _quantization(model) else _header(model).file_type)


def show(model: StoredModel, *, verbose: bool = False, go_template: bool | None = None) -> ShowResponse:
    """The answer of `/api/show`. Only a `verbose` one carries the arrays of the metadata. `go_template` as in `choose`.

    Raises `StoreError` if a blob is missing and `BadModelFile` if the weights cannot be read.
    """
    if model.config.remote_host:
        return _show_remote(model)
    gguf = model.read_weights(arrays=True) if verbose else model.gguf
    projectors = model.projectors
    return ShowResponse(
        license="\n".join(model.licenses),
        modelfile=_modelfile(model),
        parameters=_parameters(model.params),
        template=_template(model, gguf, go_template=go_template),
        system=model.system,
        details=_details(model, gguf.file_type),
        messages=msgspec.convert(model.messages, list[Message]),
        model_info=_model_info(gguf, verbose=verbose),
        projector_info=_model_info(gguf_files.read(projectors[0]), verbose=False) if projectors else {},
        tensors=[
            TensorInfo(name=tensor.name, type=tensor.type_name, shape=list(tensor.shape)) for tensor in gguf.tensors
        ],
        capabilities=capabilities(model, gguf, go_template=go_template),
        modified_at=rfc3339(model.modified_at, local=True),
        requires=model.config.requires,
    )


def _show_remote(model: StoredModel) -> ShowResponse:
    """Of a model on another host only the settings are known, and what `info` said when it was made (section F.3)."""
    config = model.config
    figures = {
        "general.architecture": config.model_family,
        "general.basename": config.base_name,
        f"{config.model_family}.context_length": config.context_length,
        f"{config.model_family}.embedding_length": config.embedding_length,
    }
    return ShowResponse(
        license="\n".join(model.licenses),
        modelfile=_modelfile(model),
        parameters=_parameters(model.params),
        template=model.template,
        system=model.system,
        details=_details(model, ""),
        messages=msgspec.convert(model.messages, list[Message]),
        remote_model=config.remote_model,
        remote_host=config.remote_host,
        model_info={key: value for key, value in figures.items() if value and config.model_family},
        capabilities=in_order(set(of_layers(model))),
        modified_at=rfc3339(model.modified_at, local=True),
        requires=config.requires,
    )


def _template(model: StoredModel, gguf: GGUF, *, go_template: bool | None) -> str:
    """The one that makes the prompts, as far as it is a text (section A.9)."""
    if template_path(model, gguf, go_template=go_template) is TemplatePath.JINJA and gguf.chat_template:
        return gguf.chat_template
    return model.template or gguf.chat_template or _DEFAULT_TEMPLATE


def _header(model: StoredModel) -> _Header:
    try:
        return _read_header(model.weights, model.config.model_format, model.config.model_family)
    except BackendError:
        return _Header()


# A blob's path is named by its content, so an answer stays true.
@lru_cache(maxsize=1024)
def _read_header(weights: Path, model_format: str, model_family: str) -> _Header:
    gguf = read_weights(weights, model_format, model_family)
    return _Header(gguf.context_length, gguf.embedding_length, gguf.file_type, of_weights(gguf), gguf.is_old)


def _quantization(model: StoredModel) -> str:
    text = model.config.file_type
    return "" if text == "unknown" else text


def _details(model: StoredModel, file_type: str) -> Details:
    config = model.config
    return Details(
        parent_model=model.parent_model,
        format=config.model_format,
        family=config.model_family,
        families=None if config.model_families is None else list(config.model_families),
        parameter_size=config.model_type,
        quantization_level=_quantization(model) or file_type or config.file_type,
    )


def _model_info(gguf: GGUF, *, verbose: bool) -> dict[str, Any]:
    info: dict[str, Any] = {"general.parameter_count": gguf.parameter_count}
    for key, value in gguf.metadata.items():
        if key not in _HIDDEN_METADATA:
            array = isinstance(value, SkippedArray) or (isinstance(value, list) and not verbose)
            info[key] = None if array else _shortest(value) if isinstance(value, float) else value
    return dict(sorted(info.items()))


def _shortest(value: float) -> float:
    """The number with the fewest digits that the file's 32-bit float may mean: 1e-05, not 9.999999747378752e-06."""
    for digits in _SINGLE_DIGITS:
        short = float(f"{value:.{digits}g}")
        if ctypes.c_float(short).value == value:
            return short
    return value


def _parameters(params: dict[str, Any]) -> str:
    lines = (
        f"{name:<{_KEY_WIDTH}} {_literal(value, quoted=True)}"
        for name, values in params.items()
        for value in _each(values)
    )
    return "\n".join(lines)


def _each(values: object) -> list[object]:
    return values if isinstance(values, list) else [values]


def _literal(value: object, *, quoted: bool) -> str:
    """A value as Go prints it: whole floats without a fraction, booleans in lower case."""
    if isinstance(value, str) and not quoted:
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return msgspec.json.encode(value).decode()


def _modelfile(model: StoredModel) -> str:
    head = (
        '# Modelfile generated by "puna show"\n'
        "# To build a new Modelfile based on this, replace FROM with:\n"
        f"# FROM {model.name}\n\n"
    )
    return head + parser.format(Modelfile(tuple(_commands(model))))


def _commands(model: StoredModel) -> Iterator[Command]:
    """The commands that make this model again, in the order of section F.2."""
    config = model.config
    yield Command("from", config.remote_model if config.remote_host else str(model.weights))
    yield from (Command("adapter", str(path)) for path in model.adapters)
    yield from (Command("draft", str(path)) for path in model.drafts)
    yield from (Command("from", str(path)) for path in model.projectors)
    texts = {
        "template": model.template,
        "system": model.system,
        "renderer": config.renderer,
        "parser": config.parser,
        "requires": config.requires,
    }
    yield from (Command(name, text) for name, text in texts.items() if text)
    if config.model_format == GGML:
        yield Command("parameter", config.model_family, "model_type")
    for name, values in model.params.items():
        yield from (Command("parameter", _literal(value, quoted=False), name) for value in _each(values))
    yield from (Command("license", text) for text in model.licenses)
    for message in model.messages:
        if message.get("role") in parser.ROLES:
            yield Command("message", str(message.get("content", "")), str(message["role"]))
