"""What a generation yields, whatever interface asked for it."""

from __future__ import annotations

import msgspec

from backend.wire.ollama import Logprob, ToolCall


class Piece(msgspec.Struct, frozen=True):
    """Something visible arrived, usually one token's text."""

    text: str = ""
    thinking: str = ""
    logprobs: list[Logprob] = []


class Done(msgspec.Struct, frozen=True):
    """The end of a generation. Counts in tokens, durations in nanoseconds.

    `reason` is `stop`, `length`, `load` or `unload`. `prompt_tokens` counts cached ones too, so that it does not
    depend on what ran before. `context` holds the tokens of prompt and reply, for interfaces that hand them out.
    `stop_string` is the one that ended the reply, where the engine tells it: if the prompt was made here.
    """

    reason: str
    total_ns: int = 0
    load_ns: int = 0
    prompt_tokens: int = 0
    prompt_ns: int = 0
    tokens: int = 0
    decode_ns: int = 0
    context: list[int] = []
    stop_string: str = ""
    tool_calls: list[ToolCall] = []


class Rendered(msgspec.Struct, frozen=True):
    """The prompt as the model would see it, for requests that only want to look at it."""

    prompt: str
    images: int = 0


Part = Piece | Done | Rendered
