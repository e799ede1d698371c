"""Tools with Qwen2.5-Coder 0.5B through the interfaces of Anthropic and of OpenAI's responses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import anthropic
    import openai
    from anthropic.types import MessageParam, ToolParam

pytestmark = [pytest.mark.real, pytest.mark.slow]

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]}
WEATHER = {"name": "get_current_weather", "description": "Get the current weather"}
QUESTION = "What is the weather in Tokyo?"
BEGUN = '<tool_call>\n{"name":'  # this model knows the tag that opens a call only when it stands there already
GREEDY = {"temperature": 0}
REPORT = "22 degrees, sunny. " * 20


@pytest.mark.section("B.8")
async def test_anthropics_client_uses_a_tool(async_claude: anthropic.AsyncAnthropic, coder: str) -> None:
    tools: list[ToolParam] = [{"name": WEATHER["name"], "description": WEATHER["description"], "input_schema": SCHEMA}]
    asked: list[MessageParam] = [{"role": "user", "content": QUESTION}]
    begun: list[MessageParam] = [*asked, {"role": "assistant", "content": BEGUN}]
    async with async_claude.messages.stream(
        model=coder, max_tokens=60, messages=begun, tools=tools, extra_body=GREEDY
    ) as stream:
        message = await stream.get_final_message()
    call = message.content[-1]
    assert call.type == "tool_use"
    assert (call.name, call.input, message.stop_reason) == (WEATHER["name"], {"location": "Tokyo"}, "tool_use")
    result: MessageParam = {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": call.id, "content": REPORT}],
    }
    history: list[MessageParam] = [*asked, {"role": "assistant", "content": [call]}, result]
    answer = await async_claude.messages.create(model=coder, max_tokens=1, messages=history, tools=tools)
    counted = [
        (await async_claude.messages.count_tokens(model=coder, messages=messages, tools=tools)).input_tokens
        for messages in (asked, history)
    ]
    assert answer.usage.input_tokens == counted[1] > counted[0] + len(REPORT.split())  # its wit proves nothing


@pytest.mark.section("B.6")
async def test_openais_client_uses_a_tool(async_gpt: openai.AsyncOpenAI, coder: str) -> None:
    tools: list[Any] = [{"type": "function", **WEATHER, "parameters": SCHEMA}]
    asked: list[Any] = [{"role": "user", "content": QUESTION}]
    begun: list[Any] = [*asked, {"role": "assistant", "content": BEGUN}]
    async with async_gpt.responses.stream(
        model=coder, input=begun, tools=tools, temperature=0, max_output_tokens=60
    ) as stream:
        response = await stream.get_final_response()
    call = response.output[-1]
    assert call.type == "function_call"
    assert (call.name, json.loads(call.arguments)) == (WEATHER["name"], {"location": "Tokyo"})
    result = {"type": "function_call_output", "call_id": call.call_id, "output": REPORT}
    history: list[Any] = [*asked, call, result]
    first, answer = [
        await async_gpt.responses.create(model=coder, input=items, tools=tools, max_output_tokens=1)
        for items in (asked, history)
    ]
    assert first.usage is not None
    assert answer.usage is not None
    assert answer.usage.input_tokens > first.usage.input_tokens + len(REPORT.split())
