"""Items as messages: what the engine's own templates do not show."""

from __future__ import annotations

from typing import Any

import pytest

from backend.http.responses.conversation import messages
from backend.wire.responses import ResponsesRequest

pytestmark = pytest.mark.section("B.6")


def test_reasoning_is_the_thinking_of_the_assistants_next_message() -> None:
    reasoning: dict[str, Any] = {"type": "reasoning", "summary": [], "encrypted_content": "hm"}
    call = {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"}
    items: list[dict[str, Any]] = [
        {"role": "user", "content": "a"},
        reasoning,
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
        {**reasoning, "encrypted_content": None},
        {**reasoning, "encrypted_content": "so"},
        call,
        {"type": "function_call_output", "call_id": "c", "output": "x"},
        reasoning,
    ]
    said = messages(ResponsesRequest(input=items))
    assert [(message.role, message.thinking) for message in said] == [
        ("user", ""),
        ("assistant", "hm"),
        ("user", ""),
        ("assistant", "so"),
        ("tool", ""),
    ]
