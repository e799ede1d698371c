"""DeepSeek 3.1 and Cogito 2, which is built upon it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.template.conversation import tool_json
from backend.template.renderers.spaced_json import spaced_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backend.template.conversation import Thinking
    from backend.wire.ollama import Message

_BOS, _EOS = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"
_CALLS = ("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>")
_CALL = ("<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>")
_OUTPUTS = ("<｜tool▁outputs▁begin｜>", "<｜tool▁outputs▁end｜>")
_OUTPUT = ("<｜tool▁output▁begin｜>", "<｜tool▁output▁end｜>")
_SHOWN = {"user", "assistant", "tool"}
_SEPARATOR = "<｜tool▁sep｜>"
_COGITO = "You are Cogito, an AI assistant created by Deep Cogito, which is an AI research lab based in San Francisco."
_HOW_TO_CALL = f"""
IMPORTANT: ALWAYS adhere to this exact format for tool use:
{_CALLS[0]}{_CALL[0]}tool_call_name{_SEPARATOR}tool_call_arguments{_CALL[1]}{{{{additional_tool_calls}}}}{_CALLS[1]}

Where:

- `tool_call_name` must be an exact match to one of the available tools
- `tool_call_arguments` must be valid JSON that strictly follows the tool's Parameters Schema
- For multiple tool calls, chain them directly without separators or spaces
"""


def deepseek(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], thinking: Thinking) -> str:
    """`deepseek3.1`. System messages come first, joined; an answer begins with `<think>` or with `</think>`."""
    parts = [_BOS, "\n\n".join(message.content for message in messages if message.role == "system")]
    if tools:
        parts += ["\n\n## Tools\nYou have access to the following tools:\n", *map(_described, tools), _HOW_TO_CALL]
    asked = max((place for place, message in enumerate(messages) if message.role == "user"), default=-1)
    before = ""
    for place, message in enumerate(messages):
        if message.role == "user":
            parts.append(f"<｜User｜>{message.content}")
        elif message.role == "tool":
            parts.append(f"{_OUTPUT[0]}{message.content}{_OUTPUT[1]}")
        elif message.role == "assistant":
            thought = thinking.on and message.thinking and place > asked and not message.tool_calls
            opening = f"<｜Assistant｜>{'<think>' if thought else '</think>'}" if before == "user" else ""
            calls = "".join(
                f"{_CALL[0]}{call.function.name}{_SEPARATOR}{spaced_json(call.function.arguments)}{_CALL[1]}"
                for call in message.tool_calls
            )
            said = message.content
            if not calls and before != "tool" and said.startswith("<think>"):
                _, closing, answer = said.partition("</think>")
                said = answer if closing else said
            parts.append(f"{opening}{said}{_CALLS[0] + calls + _CALLS[1] if calls else ''}{_EOS}")
        before = message.role if message.role in _SHOWN else before
    if before == "user":
        parts.append(f"<｜Assistant｜>{'<think>' if thinking.on else '</think>'}")
    return "".join(parts)


def cogito(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], thinking: Thinking) -> str:
    """`cogito`. Thinking is asked for in the system text."""
    first = messages[0].content if messages and messages[0].role == "system" else ""
    rest = [message for message in messages if message.role in _SHOWN]
    system = f"Enable deep thinking subroutine.\n\n{_COGITO}" if thinking.on else _COGITO
    if first:
        system += f"\n\n{first}\n\n" if thinking.on else f"\n\n{first}"
    if tools:
        listed = "".join(f"```json\n{spaced_json(tool_json(tool), indent=4)}\n```\n" for tool in tools)
        system += f"\nYou have the following functions available:\n{listed}"
    parts = [_BOS, system]
    for place, message in enumerate(rest):
        if message.role == "user":
            parts.append(f"<｜User｜>{message.content}<｜Assistant｜>")
        elif message.role == "assistant":
            calls = "\n".join(
                f"{_CALL[0]}function{_SEPARATOR}{call.function.name}\n"
                f"```json\n{spaced_json(call.function.arguments)}\n```{_CALL[1]}"
                for call in message.tool_calls
            )
            parts.append(f"{message.content}{_CALLS[0] + calls + _CALLS[1] if calls else ''}{_EOS}")
        elif message.role == "tool":
            more = place + 1 < len(rest) and rest[place + 1].role == "tool"
            opening = "" if place and rest[place - 1].role == "tool" else _OUTPUTS[0]
            closing = "\n" if more else _OUTPUTS[1]
            parts.append(f"{opening}{_OUTPUT[0]}{message.content}{_OUTPUT[1]}{closing}")
    if not rest or rest[-1].role != "user":
        parts.append("<｜Assistant｜>")
    return "".join(parts) + ("<think>\n" if thinking.on else "")


def _described(tool: Mapping[str, Any]) -> str:
    function = tool_json(tool)["function"]
    head = f"\n### {function['name']}\nDescription: {function['description']}"
    return f"{head}\n\nParameters: {spaced_json(function['parameters'])}\n"
