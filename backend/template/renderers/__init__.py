"""Prompts of the families whose form is known for certain, by the names that configurations use (section G.9).

The other names of `backend.template.builtin.RENDERERS` are left to the model's own Jinja template, in the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from backend.template.conversation import Thinking
from backend.wire.ollama import Message

Renderer: TypeAlias = Callable[[Sequence[Message], Sequence[Mapping[str, Any]], Thinking], str]
"""The prompt of a conversation; the last message, if it is the assistant's, is left open to be gone on with."""

RENDERERS: Mapping[str, Renderer] = {}
