"""LFM2: ChatML, with tool calls written as Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.template.conversation import tool_json
from backend.template.renderers.chatml import ASK, turn
from backend.template.renderers.spaced_json import spaced_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backend.template.conversation import Thinking
    from backend.wire.ollama import Message

_LIST = ("<|tool_list_start|>", "<|tool_list_end|>")
_CALL = ("<|tool_call_start|>", "<|tool_call_end|>")
_RESPONSE = ("<|tool_response_start|>", "<|tool_response_end|>")


def lfm(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], thinking: Thinking) -> str:
    """`lfm2` and `lfm2-thinking`. Without thinking only the last answer keeps what was thought in it."""
    first = messages[0] if messages and messages[0].role == "system" else None
    system = first.content if first else ""
    if tools:
        listed = ", ".join(spaced_json(tool_json(tool)["function"]) for tool in tools)
        system += "\n" if system else ""
        system += f"List of tools: {_LIST[0]}[{listed}]{_LIST[1]}"
    parts = ["<|startoftext|>", turn("system", system) if system else ""]
    rest = messages[1:] if first else messages
    answered = max((place for place, message in enumerate(rest) if message.role == "assistant"), default=-1)
    for place, message in enumerate(rest):
        said = message.content
        if message.role == "assistant":
            if not thinking.on and place != answered and "</think>" in said:
                said = said.rpartition("</think>")[2].strip()
            calls = ",".join(_call(call.function.name, call.function.arguments) for call in message.tool_calls)
            said = f"{_CALL[0]}[{calls}]{_CALL[1]}{said}" if calls else said
        elif message.role == "tool":
            said = f"{_RESPONSE[0]}{said}{_RESPONSE[1]}"
        left_open = message.role == "assistant" and place == len(rest) - 1
        parts.append(turn(message.role, said, left_open=left_open))
    if not rest or rest[-1].role != "assistant":
        parts.append(ASK)
    return "".join(parts)


def _call(name: str, arguments: Mapping[str, Any]) -> str:
    return f"{name}({','.join(f'{key}={spaced_json(value)}' for key, value in arguments.items())})"
