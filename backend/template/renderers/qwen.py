"""Qwen 3 Coder and Qwen 3.5: ChatML, with tool calls as `<function=…>`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.template.conversation import tool_json
from backend.template.renderers.chatml import ASK, turn
from backend.template.renderers.spaced_json import bare_or_json, spaced_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backend.template.conversation import Thinking
    from backend.wire.ollama import Message

_DEFAULT_SYSTEM = "You are Qwen, a helpful AI assistant that can interact with a computer to solve tasks."
_TOOLS = "# Tools\n\nYou have access to the following functions:\n\n<tools>"
_HOW_TO_CALL = """
</tools>

If you choose to call a function ONLY reply in the following format with NO suffix:

<tool_call>
<function=example_function_name>
<parameter=example_parameter_1>
value_1
</parameter>
<parameter=example_parameter_2>
This is the value for the second parameter
that can span
multiple lines
</parameter>
</function>
</tool_call>

<IMPORTANT>
Reminder:
- Function calls MUST follow the specified format: an inner <function=...></function> block must be nested within \
<tool_call></tool_call> XML tags
- Required parameters MUST be specified
- You may provide optional reasoning for your function call in natural language BEFORE the function call, but NOT after
- If there is no function call available, answer the question like normal with your current knowledge and do not tell \
the user about function calls
</IMPORTANT>"""
_RESPONSE = ("<tool_response>", "</tool_response>")


def qwen_coder(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], _thinking: Thinking) -> str:
    """`qwen3-coder`. The first system message counts; the model does not think."""
    system = next((message.content for message in messages if message.role == "system" and message.content), "")
    rest = [message for message in messages if message.role != "system"]
    parts = []
    if system or tools:
        listed = f"\n\n{_TOOLS}{''.join(map(_coder_tool, tools))}{_HOW_TO_CALL}" if tools else ""
        parts.append(turn("system", f"{system or _DEFAULT_SYSTEM}{listed}"))
    for place, message in enumerate(rest):
        if message.role == "tool":
            opening = "" if _is_tool(rest, place - 1) else "<|im_start|>user\n"
            closing = "" if _is_tool(rest, place + 1) else "<|im_end|>\n"
            parts.append(f"{opening}{_RESPONSE[0]}\n{message.content}\n{_RESPONSE[1]}\n{closing}")
            continue
        content = message.content
        if message.tool_calls:
            calls = "".join(f"\n{_call(call.function.name, call.function.arguments)}" for call in message.tool_calls)
            content = f"{content}\n{calls}" if content else calls
        left_open = place == len(rest) - 1 and message.role == "assistant" and not message.tool_calls
        parts.append(turn(message.role, content, left_open=left_open))
    if not rest or rest[-1].role != "assistant":
        parts.append(ASK)
    return "".join(parts)


def qwen35(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], thinking: Thinking) -> str:
    """`qwen3.5`. It remembers what it thought since the last question; thinking that is off is an empty block."""
    on = thinking.on or not thinking.given
    first = messages[0] if messages and messages[0].role == "system" else None
    system = first.content.strip() if first else ""
    parts = []
    if tools:
        listed = "".join(f"\n{spaced_json(tool_json(tool))}" for tool in tools)
        behind = f"\n\n{system}" if system else ""
        parts.append(turn("system", f"{_TOOLS}{listed}{_HOW_TO_CALL}{behind}"))
    elif first:
        parts.append(turn("system", system))
    asked = max((place for place, message in enumerate(messages) if _asks(message)), default=len(messages) - 1)
    for place, message in enumerate(messages):
        if message.role == "assistant":
            left_open = place == len(messages) - 1 and not message.tool_calls
            said = _assistant(message, thought=on and place > asked)
            parts.append(turn("assistant", said, left_open=left_open))
        elif message.role == "tool":
            opening = "" if _is_tool(messages, place - 1) else "<|im_start|>user"
            closing = "" if _is_tool(messages, place + 1) else "<|im_end|>\n"
            parts.append(f"{opening}\n{_RESPONSE[0]}\n{message.content}\n{_RESPONSE[1]}{closing}")
        elif message is not first:
            parts.append(turn(message.role, message.content.strip()))
    if not messages or messages[-1].role != "assistant" or messages[-1].tool_calls:
        parts.append(ASK + ("<think>\n" if on else "<think>\n\n</think>\n\n"))
    return "".join(parts)


def _asks(message: Message) -> bool:
    content = message.content.strip()
    return message.role == "user" and not (content.startswith(_RESPONSE[0]) and content.endswith(_RESPONSE[1]))


def _assistant(message: Message, *, thought: bool) -> str:
    content, thinking = message.content.strip(), message.thinking
    before, closing, after = content.partition("</think>")
    if closing and not thinking:
        thinking, content = before.rpartition("<think>")[2], after.lstrip("\n")
    calls = "\n".join(_call(call.function.name, call.function.arguments) for call in message.tool_calls)
    between = "\n\n" if calls and content.strip() else ""
    head = f"<think>\n{thinking.strip()}\n</think>\n\n" if thought else ""
    return f"{head}{content}{between}{calls}"


def _call(name: str, arguments: Mapping[str, Any]) -> str:
    values = "".join(f"\n<parameter={key}>\n{bare_or_json(value)}\n</parameter>" for key, value in arguments.items())
    return f"<tool_call>\n<function={name}>{values}\n</function>\n</tool_call>"


def _coder_tool(tool: Mapping[str, Any]) -> str:
    function = tool_json(tool)["function"]
    parameters = function["parameters"]
    described = "".join(map(_coder_parameter, parameters["properties"].items()))
    further = _further(parameters, {"type", "properties"})
    return (
        f"\n<function>\n<name>{function['name']}</name>{_tag('description', function['description'])}"
        f"\n<parameters>{described}{further}\n</parameters>\n</function>"
    )


def _coder_parameter(named: tuple[str, Mapping[str, Any]]) -> str:
    name, schema = named
    kind = _tag("type", schema.get("type")) + _tag("description", schema.get("description"))
    return f"\n<parameter>\n<name>{name}</name>{kind}{_further(schema, {'type', 'description'})}\n</parameter>"


def _further(schema: Mapping[str, Any], told: set[str]) -> str:
    return "".join(_tag(key, value) for key, value in schema.items() if key not in told)


def _tag(name: str, value: Any) -> str:
    return f"\n<{name}>{bare_or_json(value)}</{name}>" if value else ""


def _is_tool(messages: Sequence[Message], place: int) -> bool:
    return 0 <= place < len(messages) and messages[place].role == "tool"
