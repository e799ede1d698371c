"""Olmo 3: ChatML, with tool calls written as Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.template.conversation import tool_json
from backend.template.renderers.chatml import ASK, turn
from backend.template.renderers.spaced_json import spaced_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backend.template.conversation import Thinking
    from backend.wire.ollama import Message

_NAMED = (
    "You are Olmo, a helpful AI assistant built by Ai2. Your date cutoff is December 2024, and your model weights are "
    "available at https://huggingface.co/allenai."
)
_NO_FUNCTIONS = "You do not currently have access to any functions. "
_FUNCTIONS = (
    "You are provided with function signatures within <functions></functions> XML tags. You may call one or more "
    "functions to assist with the user query. Output any function calls within <function_calls></function_calls> XML "
    "tags. Do not make assumptions about what values to plug into functions."
)


def olmo(
    messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], _thinking: Thinking, *, named: bool = False
) -> str:
    """`olmo3`, and `named` `olmo3.1`, which differ in the system text that stands where none is given."""
    system = next((message.content for message in messages if message.role == "system"), None)
    listed = f"<functions>{spaced_json([tool_json(tool) for tool in tools])}</functions>" if tools else ""
    if system is None:
        default = f"{_NAMED} " if named else "You are a helpful function-calling AI assistant. "
        head = f"{default}{_FUNCTIONS}{listed}" if tools else f"{default}{_NO_FUNCTIONS}<functions></functions>"
    else:
        head = f"{system}{listed}"
    parts = [turn("system", head)]
    rest = [message for message in messages if message.role in {"user", "assistant", "tool"}]
    left_open = bool(rest) and rest[-1].role == "assistant" and bool(rest[-1].content) and not rest[-1].tool_calls
    for place, message in enumerate(rest):
        role = "environment" if message.role == "tool" else message.role
        calls = "\n".join(_call(call.function.name, call.function.arguments) for call in message.tool_calls)
        said = message.content + (f"<function_calls>{calls}</function_calls>" if calls else "")
        parts.append(turn(role, said, left_open=left_open and place == len(rest) - 1))
    return "".join(parts) + ("" if left_open else ASK)


def olmo_think(
    messages: Sequence[Message], _tools: Sequence[Mapping[str, Any]], _thinking: Thinking, *, named: bool = False
) -> str:
    """`olmo3-32b-think`, and `named` `olmo3-think`. They think always and know no tools."""
    system = next((message.content for message in messages if message.role == "system"), None)
    if system is None:
        head = _NAMED if named else "You are a helpful AI assistant."
    else:
        head = f"{system} {_NO_FUNCTIONS}<functions></functions>"
    said = (message for message in messages if message.role in {"user", "assistant"})
    turns = "".join(turn(message.role, message.content) for message in said)
    return f"{turn('system', head)}{turns}{ASK}<think>"


def _call(name: str, arguments: Mapping[str, Any]) -> str:
    return f"{name}({', '.join(f'{key}={spaced_json(value)}' for key, value in arguments.items())})"
