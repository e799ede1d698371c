"""Tool calls through the official OpenAI client, with Qwen2.5-Coder 0.5B: the specification's section B.2."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    import openai
    from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.section("B.2")]

LOCATION = {"type": "object", "properties": {"location": {"$ref": "#/$defs/Place"}}, "required": ["location"]}
PLACE = {"Place": {"type": "string", "description": "the name of a city"}}
WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "get_current_weather",
        "description": "Get the current weather",
        "parameters": {**LOCATION, "$defs": PLACE},
    },
}
ADD: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two numbers",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    },
}
ASKED: ChatCompletionMessageParam = {"role": "user", "content": "What is the weather in Tokyo?"}
# This model knows the tag that opens a call only when it stands there already.
BEGUN: ChatCompletionMessageParam = {"role": "assistant", "content": '<tool_call>\n{"name":'}
GREEDY: Any = {"temperature": 0, "max_tokens": 60}


async def test_a_call_by_the_models_own_choice(async_gpt: openai.AsyncOpenAI, coder: str) -> None:
    messages = [ASKED, BEGUN]
    whole = await async_gpt.chat.completions.create(model=coder, messages=messages, tools=[WEATHER], **GREEDY)
    (choice,) = whole.choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls is not None
    (call,) = choice.message.tool_calls
    assert call.type == "function"
    assert call.function.name == "get_current_weather"
    assert json.loads(call.function.arguments) == {"location": "Tokyo"}


@pytest.mark.section("M.13")
async def test_a_streamed_call(async_gpt: openai.AsyncOpenAI, coder: str) -> None:
    stream = await async_gpt.chat.completions.create(
        model=coder, messages=[ASKED, BEGUN], tools=[WEATHER], stream=True, **GREEDY
    )
    parts = [part async for part in stream]
    (calls,) = [part.choices[0].delta.tool_calls for part in parts if part.choices[0].delta.tool_calls]
    (call,) = calls
    assert call.function is not None
    assert (call.index, call.type, call.function.name) == (0, "function", "get_current_weather")
    assert parts[-1].choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("question", "choice", "name"),
    [
        ("What is the weather in Tokyo?", "required", "get_current_weather"),
        ("Add 3 and 4.", "required", "add"),
        ("Tell me a joke.", {"type": "function", "function": {"name": "get_current_weather"}}, "get_current_weather"),
    ],
)
async def test_a_demanded_call(
    async_gpt: openai.AsyncOpenAI, coder: str, question: str, choice: Any, name: str
) -> None:
    """Without a word of the call in the prompt, where this model would write prose."""
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": question}]
    fields: Any = {"model": coder, "messages": messages, "tools": [WEATHER, ADD], "tool_choice": choice, **GREEDY}
    whole = await async_gpt.chat.completions.create(**fields)
    assert whole.choices[0].finish_reason == "tool_calls"
    (call,) = whole.choices[0].message.tool_calls
    arguments = json.loads(call.function.arguments)
    assert call.function.name == name
    assert arguments == {"a": 3, "b": 4} if name == "add" else isinstance(arguments["location"], str)


async def test_a_conversation_goes_on_after_a_call(async_gpt: openai.AsyncOpenAI, coder: str) -> None:
    call: Any = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "get_current_weather", "arguments": '{"location": "東京"}'},
    }
    messages: list[ChatCompletionMessageParam] = [
        ASKED,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "22 degrees and sunny"},
    ]
    choices: dict[Literal["auto", "none"], bool] = {"auto": True, "none": False}
    for choice, offered in choices.items():
        look = await async_gpt.chat.completions.create(
            model=coder,
            messages=messages,
            tools=[WEATHER],
            tool_choice=choice,
            extra_body={"_debug_render_only": True},
        )
        assert look.model_extra is not None
        prompt = look.model_extra["_debug_info"]["rendered_template"]
        assert "<tool_response>\n22 degrees and sunny\n</tool_response>" in prompt
        assert '{"name": "get_current_weather", "arguments": {"location": "東京"}}' in prompt
        assert ("<tools>" in prompt) == offered
