"""What a model can do, read off its weights, templates and configuration (the specification's section A.9)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from backend import gguf as gguf_files
from backend.errors import BadGGUF, BadTemplate
from backend.template.builtin import HARMONY_FAMILIES, PARSERS
from backend.template.choice import Candidates, choose, jinja_capabilities
from backend.template.choice import Path as TemplatePath
from backend.template.template import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backend.gguf import GGUF
    from backend.store import StoredModel

ORDER = ("completion", "embedding", "vision", "audio", "image", "tools", "insert", "thinking")


def capabilities(model: StoredModel, gguf: GGUF, *, go_template: bool | None = None) -> list[str]:
    """Names in the order of `ORDER`, as in show and when requests are checked. `gguf` is the weights' header.

    The chat template inside the weights counts unless the model's Go template makes the prompts; `go_template` as in
    `choose`. Raises `StoreError` for a model that lacks a blob.
    """
    if gguf.is_old:  # its engine completes texts and nothing else
        return in_order(set(of_weights(gguf)))
    found = {*of_weights(gguf), *of_layers(model)}
    if template_path(model, gguf, go_template=go_template) is not TemplatePath.GO:
        found.update(jinja_capabilities(gguf.chat_template))
    return in_order(found)


def template_path(model: StoredModel, gguf: GGUF, *, go_template: bool | None = None) -> TemplatePath:
    """Which template makes the model's prompts. Raises `StoreError` for a model that lacks a blob."""
    config = model.config
    brought = Candidates(model.template, gguf.chat_template, config.model_family, config.renderer, config.parser)
    return choose(brought, go_template=go_template)


def in_order(found: set[str]) -> list[str]:
    return [name for name in ORDER if name in found]


def of_weights(gguf: GGUF) -> tuple[str, ...]:
    """What the header of the weights says, its chat template left aside."""
    arch = gguf.architecture
    found = ["completion" if gguf.pooling_type is None else "embedding"]
    if f"{arch}.vision.block_count" in gguf.metadata:
        found.append("vision")
    if f"{arch}.audio.block_count" in gguf.metadata:
        found.append("audio")
    return tuple(found)


def of_layers(model: StoredModel) -> Iterator[str]:
    """What the configuration, the projectors and the Go template of the model say."""
    config = model.config
    yield from config.capabilities
    if model.projectors:
        yield "vision"
    if any(_hears(path) for path in model.projectors):
        yield "audio"
    yield from _of_go(model.template)
    yield from PARSERS.get(config.parser, ())
    if config.model_family in HARMONY_FAMILIES:
        yield "thinking"


def _of_go(template: str) -> frozenset[str]:
    """A template that cannot be read can do nothing; requests say why."""
    try:
        return read(template).capabilities
    except BadTemplate:
        return frozenset()


# A blob's path is named by its content, so an answer stays true; a projector that cannot be read is asked again.
@lru_cache(maxsize=256)
def _read_hears(projector: Path) -> bool:
    metadata = gguf_files.read(projector).metadata
    return any(value is True for key, value in metadata.items() if key.endswith(".has_audio_encoder"))


def _hears(projector: Path) -> bool:
    try:
        return _read_hears(projector)
    except BadGGUF:
        return False
