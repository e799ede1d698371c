"""Gemma 3 270M, a base model without a chat template, and Qwen2.5-Coder 0.5B, whose template knows tools."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import ollama
import pytest

from backend.errors import BadRequest
from backend.wire.ollama import ChatRequest, ChatResponse, GenerateRequest, Message, ToolCall, ToolCallFunction
from tests.e2e.conftest import MODEL
from tests.e2e.events import until

if TYPE_CHECKING:
    from backend.client import Client
    from tests.e2e.daemon import Daemon

pytestmark = [pytest.mark.real, pytest.mark.slow]

GREEDY = {"temperature": 0, "num_predict": 24}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_current_weather",
        "description": "Get the current weather",
        "parameters": {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
    },
}
ASKED = Message(role="user", content="What is the weather in Tokyo?")
# This model knows the tag that opens a call only when it stands there already.
BEGUN = Message(role="assistant", content='<tool_call>\n{"name":')


async def chat(client: Client, model: str, *messages: Message, **fields: Any) -> list[ChatResponse]:
    request = ChatRequest(model=model, messages=list(messages), **fields)
    return [part async for part in client.chat(request)]


async def rendered(client: Client, model: str, *messages: Message, **fields: Any) -> str:
    (part,) = await chat(client, model, *messages, debug_render_only=True, **fields)
    assert part.debug_info is not None
    return part.debug_info.rendered_template


@pytest.mark.section("A.2")
async def test_a_base_model_goes_on_with_the_bare_prompt(real: Client, gemma: str) -> None:
    request = GenerateRequest(model=gemma, prompt="The capital of France is", options=GREEDY)
    raw = GenerateRequest(model=gemma, prompt="The capital of France is", options=GREEDY, raw=True)
    parts = [part async for part in real.generate(request)]
    assert "".join(part.response for part in parts) == "".join([part.response async for part in real.generate(raw)])
    assert parts[-1].prompt_eval_count == 6  # five words and the BOS that the tokenizer adds
    look = GenerateRequest(model=gemma, prompt="The capital of France is", debug_render_only=True)
    (part,) = [part async for part in real.generate(look)]
    assert part.debug_info is not None
    assert part.debug_info.rendered_template == "The capital of France is"


@pytest.mark.section("A.3")
async def test_a_base_model_chats_in_the_engines_own_format(real: Client, gemma: str) -> None:
    assert "<|im_start|>user\nHi<|im_end|>" in await rendered(real, gemma, Message(role="user", content="Hi"))
    *_, last = await chat(real, gemma, Message(role="user", content="Hi"), options=GREEDY)
    assert last.done
    assert last.eval_count
    shown = await real.show(gemma)
    assert shown.capabilities == ["completion"]
    assert shown.details.quantization_level == "Q4_K_M"


async def test_different_models_answer_at_the_same_time(real: Client, gemma: str) -> None:
    long = GenerateRequest(model=MODEL, prompt=" la" * 16, raw=True, options={"temperature": 0, "num_predict": 4000})
    async with aclosing(real.generate(long)) as first:
        assert not (await anext(first)).done
        short = GenerateRequest(model=gemma, prompt="Hi", options={"num_predict": 5})
        assert [part async for part in real.generate(short)][-1].done
        snapshot = await until(real, lambda snapshot: len(snapshot.runners) >= 2)
        assert {runner.model for runner in snapshot.runners} >= {f"{MODEL}:latest", "gemma:latest"}
        for _ in range(20):
            assert not (await anext(first)).done


async def test_a_model_chats_and_remembers(real: Client, coder: str) -> None:
    turns = [
        Message(role="user", content="My name is Ada. Please remember it."),
        Message(role="assistant", content="Hello Ada, I will remember your name."),
        Message(role="user", content="What is my name? Answer with the name alone."),
    ]
    parts = await chat(real, coder, *turns, options=GREEDY)
    assert "Ada" in "".join(part.message.content for part in parts)
    assert parts[-1].done_reason == "stop"


@pytest.mark.section("A.3", "M.13")
async def test_a_tool_call_arrives_whole_with_the_last_line(real: Client, coder: str) -> None:
    assert "tools" in (await real.show(coder)).capabilities
    parts = await chat(real, coder, ASKED, BEGUN, tools=[WEATHER], options=GREEDY | {"num_predict": 60})
    *before, last = parts
    assert not any(part.message.tool_calls for part in before)
    assert all(part.message.content for part in before)
    (call,) = last.message.tool_calls
    assert call.function.name == "get_current_weather"
    assert call.function.arguments == {"location": "Tokyo"}
    assert call.function.index == 0
    assert call.id
    assert last.done_reason == "stop"


@pytest.mark.section("A.3")
async def test_tools_and_their_results_are_in_the_prompt(real: Client, coder: str) -> None:
    call = ToolCall(id="call_1", function=ToolCallFunction(name="get_current_weather", arguments={"location": "東京"}))
    prompt = await rendered(
        real,
        coder,
        ASKED,
        Message(role="assistant", tool_calls=[call]),
        Message(role="tool", tool_name="get_current_weather", content="22 degrees, sunny"),
        tools=[WEATHER],
    )
    assert '{"type": "function", "function": {"name": "get_current_weather"' in prompt
    assert '<tool_call>\n{"name": "get_current_weather", "arguments": {"location": "東京"}}\n</tool_call>' in prompt
    assert "<tool_response>\n22 degrees, sunny\n</tool_response>" in prompt


async def test_the_official_client_hands_over_a_function(real_daemon: Daemon, coder: str) -> None:
    def get_current_weather(location: str) -> str:
        """Get the current weather.

        Args:
          location: the name of the city
        """
        return f"22 degrees in {location}"

    async with ollama.AsyncClient(real_daemon.url, trust_env=False, timeout=60) as client:
        messages = [{"role": ASKED.role, "content": ASKED.content}, {"role": BEGUN.role, "content": BEGUN.content}]
        reply = await client.chat(coder, messages, tools=[get_current_weather], options=GREEDY | {"num_predict": 60})
    assert reply.message.tool_calls is not None
    (call,) = reply.message.tool_calls
    assert get_current_weather(**call.function.arguments) == "22 degrees in Tokyo"


@pytest.mark.section("A.3")
async def test_a_model_without_tools_says_so(real: Client) -> None:
    with pytest.raises(BadRequest, match=r"registry\.ollama\.ai/library/smollm2:latest does not support tools"):
        await chat(real, MODEL, ASKED, tools=[WEATHER])
