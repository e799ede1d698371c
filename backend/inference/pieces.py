"""What a generation yields, whatever interface asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.wire.ollama import Logprob, ToolCall


@dataclass(frozen=True, slots=True)
class Piece:
    """Something visible arrived, usually one token's text."""

    text: str = ""
    thinking: str = ""
    logprobs: list[Logprob] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a generation. Counts in tokens, durations in nanoseconds.

    `reason` is `stop`, `length`, `load` or `unload`. `prompt_tokens` counts cached ones too, so that it does not
    depend on what ran before. `context` holds the tokens of prompt and reply, for interfaces that hand them out.
    """

    reason: str
    total_ns: int = 0
    load_ns: int = 0
    prompt_tokens: int = 0
    prompt_ns: int = 0
    tokens: int = 0
    decode_ns: int = 0
    context: list[int] = field(default_factory=list)
    tool_calls: list[ToolCall] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rendered:
    """The prompt as the model would see it, for requests that only want to look at it."""

    prompt: str
    images: int = 0


Part = Piece | Done | Rendered
