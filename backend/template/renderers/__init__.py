"""Prompts of the families whose form is known for certain, by the names that configurations use (section G.9).

Each is a function of messages, tools and thinking. Sources are the templates that the models were published with, and
where those leave something open Ollama's renderers of the same names. The other names of
`backend.template.builtin.RENDERERS` are left to the model's own Jinja template, in the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from backend.template.conversation import Thinking
from backend.template.renderers.deepseek import cogito, deepseek
from backend.template.renderers.glm import glm
from backend.template.renderers.lfm import lfm
from backend.template.renderers.olmo import olmo, olmo_think
from backend.template.renderers.qwen import qwen35, qwen_coder
from backend.wire.ollama import Message

Renderer: TypeAlias = Callable[[Sequence[Message], Sequence[Mapping[str, Any]], Thinking], str]

RENDERERS: Mapping[str, Renderer] = {
    "cogito": cogito,
    "deepseek3.1": deepseek,
    "glm-4.7": glm,
    "lfm2": lfm,
    "lfm2-thinking": lfm,
    "olmo3": olmo,
    "olmo3-32b-think": olmo_think,
    "olmo3-think": partial(olmo_think, named=True),
    "olmo3.1": partial(olmo, named=True),
    "qwen3-coder": qwen_coder,
    "qwen3.5": qwen35,
}
