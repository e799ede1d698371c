"""GLM 4.7."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.template.conversation import tool_json
from backend.template.renderers.spaced_json import bare_or_json, spaced_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backend.template.conversation import Thinking
    from backend.wire.ollama import Message, ToolCall

_TOOLS = """# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
"""
_HOW_TO_CALL = """</tools>

For each function call, output the function name and arguments within the following XML format:
<tool_call>{function-name}<arg_key>{arg-key-1}</arg_key><arg_value>{arg-value-1}</arg_value><arg_key>{arg-key-2}\
</arg_key><arg_value>{arg-value-2}</arg_value>...</tool_call>"""


def glm(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], thinking: Thinking) -> str:
    """`glm-4.7`. It thinks unless told not to, and keeps the thinking of all its answers."""
    parts = ["[gMASK]<sop>"]
    if tools:
        listed = "".join(f"{spaced_json(tool_json(tool))}\n" for tool in tools)
        parts.append(f"<|system|>\n{_TOOLS}{listed}{_HOW_TO_CALL}")
    before = ""
    for message in messages:
        match message.role:
            case "user" | "system":
                parts.append(f"<|{message.role}|>{message.content}")
            case "tool":
                opening = "" if before == "tool" else "<|observation|>"
                parts.append(f"{opening}<tool_response>{message.content}</tool_response>")
            case "assistant":
                thought = f"<think>{message.thinking}</think>" if message.thinking else "</think>"
                parts.append(f"<|assistant|>{thought}{message.content}{''.join(map(_call, message.tool_calls))}")
        before = message.role
    on = thinking.on or not thinking.given
    return "".join(parts) + f"<|assistant|>{'<think>' if on else '</think>'}"


def _call(call: ToolCall) -> str:
    pairs = "".join(
        f"<arg_key>{key}</arg_key><arg_value>{bare_or_json(value)}</arg_value>"
        for key, value in call.function.arguments.items()
    )
    return f"<tool_call>{call.function.name}{pairs}</tool_call>"
