"""What the renderers are tried with."""

from __future__ import annotations

from typing import Any

from backend.template.conversation import Thinking
from backend.template.renderers import RENDERERS
from backend.wire.ollama import Message, ToolCall, ToolCallFunction

ON, OFF = Thinking(on=True, level="medium", given=True), Thinking(given=True)
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells <it>.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "Where"},
                "days": {"type": ["integer", "null"], "enum": [1, 3]},
            },
            "required": ["city"],
        },
    },
}
TOOL_JSON = (
    '{"type": "function", "function": {"name": "weather", "description": "Tells <it>.", "parameters": '
    '{"type": "object", "required": ["city"], "properties": {"city": {"type": "string", "description": "Where"}, '
    '"days": {"type": ["integer", "null"], "enum": [1, 3]}}}}}'
)


def _call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(function=ToolCallFunction(name=name, arguments=arguments))


SYSTEM = Message(role="system", content="Be brief.")
HI = Message(role="user", content="Hi")
HELLO = Message(role="assistant", content="Hello")
ASKS = Message(role="user", content="Rain?")
LOOKS = Message(
    role="assistant",
    thinking="hm",
    content="I look.",
    tool_calls=[_call("weather", days=3, city="Rome"), _call("now", where={"a": [1]})],
)
FIRST, SECOND = Message(role="tool", content="sun"), Message(role="tool", content="noon")
SHORT = [HI]
STARTED = [HI, Message(role="assistant", content="He")]
TOOLED = [SYSTEM, HI, HELLO, ASKS, LOOKS, FIRST, SECOND]


def render(name: str, messages: list[Message], thinking: Thinking = OFF, *, tools: bool = False) -> str:
    return RENDERERS[name](messages, [TOOL] if tools else [], thinking)
