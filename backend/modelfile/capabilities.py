"""What a model can do, read off its weights, templates and configuration (the specification's section A.9)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from backend import gguf as gguf_files
from backend.errors import BadGGUF

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backend.gguf import GGUF
    from backend.store import StoredModel

ORDER = ("completion", "embedding", "vision", "audio", "image", "tools", "insert", "thinking")

# The built-in parsers of section G.9 that read tool calls, and those that read thinking.
_TOOL_PARSERS = frozenset(
    {
        *("cogito", "cohere", "deepseek3", "functiongemma", "gemma4", "gemma4-no-thinking", "glimmer", "glm-4.7"),
        *("harmony", "laguna", "lfm2", "lfm2-thinking", "ministral", "nemotron-3-nano", "nemotron-3.5-nano", "olmo3"),
        *("ornith", "poolside-v1", "qwen3", "qwen3-coder", "qwen3-thinking", "qwen3-vl-instruct"),
        *("qwen3-vl-thinking", "qwen3.5"),
    }
)
_THINKING_PARSERS = frozenset(
    {
        *("cogito", "cohere", "deepseek3", "gemma4", "glimmer", "glm-4.7", "harmony", "laguna", "lfm2-thinking"),
        *("nemotron-3-nano", "nemotron-3.5-nano", "olmo3-think", "ornith", "poolside-v1", "qwen3-thinking"),
        *("qwen3-vl-thinking", "qwen3.5"),
    }
)
_GO_TOOLS = re.compile(r"\{\{[^{}]*\.Tools\b")
_GO_SUFFIX = re.compile(r"\{\{[^{}]*\.Suffix\b")
# Section G.7: text directly before and after the printed field, such as `<think>{{ .Thinking }}</think>`.
_GO_THINKING = re.compile(r"\}\}\s*[^\s{}][^{}]*\{\{-?\s*\$?[\w.]*\.Thinking\s*-?\}\}\s*[^\s{}]")
_JINJA_THINKING = re.compile(r"split\(\s*['\"]</think>")


def capabilities(model: StoredModel, gguf: GGUF, *, jinja: bool = True) -> list[str]:
    """Names in the order of `ORDER`. `gguf` is the header of the model's weights.

    With `jinja` the chat template inside the weights counts, as in show and when requests are checked; without it
    the answer is that of `/api/tags` (section A.7). Raises `StoreError` for a model that lacks a blob.
    """
    found = {*of_weights(gguf), *of_layers(model)}
    if jinja:
        found.update(_of_jinja(gguf.chat_template))
    return in_order(found)


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
    template = model.template
    if config.parser in _TOOL_PARSERS or _GO_TOOLS.search(template):
        yield "tools"
    if _GO_SUFFIX.search(template):
        yield "insert"
    thinks = config.parser in _THINKING_PARSERS or config.model_family in {"gptoss", "gpt-oss"}
    if thinks or _GO_THINKING.search(template):
        yield "thinking"


def _of_jinja(template: str) -> Iterator[str]:
    if "tools" in template or "tool_call" in template:
        yield "tools"
    if ("<think>" in template and "</think>" in template) or _JINJA_THINKING.search(template):
        yield "thinking"


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
