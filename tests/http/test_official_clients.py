"""What the official clients make of thinking, tools and failures, which no small model can be trusted to produce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import openai
import pytest

from tests.fakes.backend import TALENTED, add_model
from tests.fakes.engine_events import END, delta
from tests.fakes.observed import asked, replay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anthropic.types import MessageParam, ToolParam
    from openai.types.responses import FunctionToolParam

    from backend.engine.base import RunnerHandle
    from backend.settings import Settings

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]}
LOOK: ToolParam = {"name": "look", "description": "Look there", "input_schema": SCHEMA}
FLAT_LOOK: FunctionToolParam = {"type": "function", "name": "look", "parameters": SCHEMA, "strict": False}
SAID = replay(
    delta(reasoning_content="h"),
    delta(reasoning_content="m"),
    delta(content="look:"),
    delta(tool_calls=[{"index": 0, "id": "x1", "function": {"name": "look", "arguments": '{"at":'}}]),
    delta(tool_calls=[{"index": 0, "function": {"arguments": '"ö"}'}}]),
    END,
)
ASKED: list[MessageParam] = [{"role": "user", "content": SAID}]


@pytest.fixture
async def claude(backend: Settings) -> AsyncIterator[anthropic.AsyncAnthropic]:
    url = backend.address.url
    async with anthropic.AsyncAnthropic(base_url=url, api_key="none", timeout=20, max_retries=0) as client:
        yield client


@pytest.fixture
async def gpt(backend: Settings) -> AsyncIterator[openai.AsyncOpenAI]:
    url = f"{backend.address.url}/v1"
    async with openai.AsyncOpenAI(base_url=url, api_key="none", timeout=20, max_retries=0) as client:
        yield client


@pytest.mark.usefixtures("_replaying")
async def test_anthropics_client_streams_thinking_and_a_tool(
    claude: anthropic.AsyncAnthropic, backend: Settings
) -> None:
    add_model(backend, "m", metadata=TALENTED)
    async with claude.messages.stream(model="m", max_tokens=99, messages=ASKED, tools=[LOOK]) as stream:
        final = await stream.get_final_message()
    whole = await claude.messages.create(model="m", max_tokens=99, messages=ASKED, tools=[LOOK])
    for message in (final, whole):
        thinking, text, tool = message.content
        assert thinking.type == "thinking"
        assert thinking.thinking == "hm"
        assert text.type == "text"
        assert text.text == "look:"
        assert tool.type == "tool_use"
        assert (tool.id, tool.name, tool.input) == ("x1", "look", {"at": "ö"})
        assert message.stop_reason == "tool_use"


async def test_anthropics_client_sends_back_what_it_got(
    runners: list[RunnerHandle], claude: anthropic.AsyncAnthropic, backend: Settings
) -> None:
    add_model(backend, "m", metadata=TALENTED)
    first = await claude.messages.create(model="m", max_tokens=99, messages=[{"role": "user", "content": "«hello»"}])
    messages: list[MessageParam] = [
        {"role": "user", "content": "hi"},
        {"role": first.role, "content": first.content},
        {"role": "user", "content": "go on"},
    ]
    await claude.messages.create(model="m", max_tokens=99, messages=messages)
    last = (await asked(runners[0]))[-1]
    assert [message["content"] for message in last["messages"]] == ["hi", "hello", "go on"]


async def test_anthropics_client_raises_what_ends_a_stream(claude: anthropic.AsyncAnthropic, backend: Settings) -> None:
    add_model(backend, "m")
    messages: list[MessageParam] = [{"role": "user", "content": "@error=1"}]
    with pytest.raises(anthropic.APIStatusError, match="something broke"):
        async with claude.messages.stream(model="m", max_tokens=99, messages=messages) as stream:
            await stream.get_final_message()


@pytest.mark.usefixtures("_replaying")
async def test_openais_client_streams_reasoning_and_a_call(gpt: openai.AsyncOpenAI, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    async with gpt.responses.stream(model="m", input=SAID, tools=[FLAT_LOOK]) as stream:
        final = await stream.get_final_response()
    whole = await gpt.responses.create(model="m", input=SAID, tools=[FLAT_LOOK])
    for response in (final, whole):
        reasoning, message, call = response.output
        assert reasoning.type == "reasoning"
        assert [part.text for part in reasoning.summary] == ["hm"]
        assert message.type == "message"
        assert response.output_text == "look:"
        assert call.type == "function_call"
        assert (call.call_id, call.name, call.arguments) == ("x1", "look", '{"at":"ö"}')


async def test_openais_client_sends_back_what_it_got(
    runners: list[RunnerHandle], gpt: openai.AsyncOpenAI, backend: Settings
) -> None:
    add_model(backend, "m", metadata=TALENTED)
    first = await gpt.responses.create(model="m", input="«hello»")
    items: list[Any] = [{"role": "user", "content": "hi"}, *first.output, {"role": "user", "content": "go on"}]
    await gpt.responses.create(model="m", input=items)
    last = (await asked(runners[0]))[-1]
    assert [message["content"] for message in last["messages"]] == ["hi", "hello", "go on"]


async def test_openais_client_is_told_what_ends_a_stream(gpt: openai.AsyncOpenAI, backend: Settings) -> None:
    add_model(backend, "m")
    events = [event async for event in await gpt.responses.create(model="m", input="@error=1", stream=True)]
    last = events[-1]
    assert last.type == "response.failed"
    assert last.response.error is not None
    assert "something broke" in last.response.error.message
