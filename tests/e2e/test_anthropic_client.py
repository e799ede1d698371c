"""The official Anthropic client talks to this backend as it does to its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import anthropic
import pytest

from tests.e2e.conftest import MODEL

if TYPE_CHECKING:
    from anthropic.types import MessageParam, ToolParam

pytestmark = [pytest.mark.real, pytest.mark.section("B.8")]

HI: list[MessageParam] = [{"role": "user", "content": "Why is the sky blue?"}]
GREEDY = {"temperature": 0}  # newer versions of this client have no name for it


def test_a_message(claude: anthropic.Anthropic) -> None:
    message = claude.messages.create(model=MODEL, max_tokens=12, messages=HI, extra_body=GREEDY)
    (block,) = message.content
    assert block.type == "text"
    assert block.text
    assert (message.role, message.model, message.stop_reason) == ("assistant", MODEL, "max_tokens")
    assert message.usage.output_tokens == 12
    assert message.usage.input_tokens > 5


def test_a_stream_adds_up_to_the_message(claude: anthropic.Anthropic) -> None:
    whole = claude.messages.create(model=MODEL, max_tokens=12, messages=HI, extra_body=GREEDY)
    with claude.messages.stream(model=MODEL, max_tokens=12, messages=HI, extra_body=GREEDY) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert [block.text for block in whole.content if block.type == "text"] == [text]
    assert [block.text for block in final.content if block.type == "text"] == [text]
    assert (final.stop_reason, final.usage) == (whole.stop_reason, whole.usage)


@pytest.mark.section("M.25")
async def test_an_asynchronous_stream_of_events(async_claude: anthropic.AsyncAnthropic) -> None:
    kinds = [
        event.type
        async for event in await async_claude.messages.create(
            model=MODEL, max_tokens=4, messages=HI, extra_body=GREEDY, stream=True
        )
    ]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert set(kinds[2:-3]) == {"content_block_delta"}
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]


def test_a_stream_knows_its_prompt_from_the_first_event_on(claude: anthropic.Anthropic) -> None:
    first, *_, changed, _ = claude.messages.create(model=MODEL, max_tokens=2, messages=HI, stream=True)
    assert first.type == "message_start"
    assert changed.type == "message_delta"
    assert first.message.usage.input_tokens == changed.usage.input_tokens


def test_a_stop_sequence_ends_the_message(claude: anthropic.Anthropic) -> None:
    whole = claude.messages.create(model=MODEL, max_tokens=12, messages=HI, extra_body=GREEDY)
    (block,) = whole.content
    assert block.type == "text"
    word = block.text.split()[2]
    cut = claude.messages.create(
        model=MODEL,
        max_tokens=12,
        messages=HI,
        extra_body=GREEDY,
        stop_sequences=[word],
    )
    (block,) = cut.content
    assert block.type == "text"
    assert word not in block.text
    assert (cut.stop_reason, cut.stop_sequence) == ("stop_sequence", word)


def test_the_count_is_that_of_the_message(claude: anthropic.Anthropic) -> None:
    for system in ("", "You are a pirate. " * 10):
        counted = claude.messages.count_tokens(model=MODEL, messages=HI, system=system)
        message = claude.messages.create(model=MODEL, max_tokens=1, messages=HI, system=system)
        assert counted.input_tokens == message.usage.input_tokens


def test_structured_output(claude: anthropic.Anthropic) -> None:
    properties = {"name": {"type": "string"}, "large": {"type": "boolean"}}
    schema: dict[str, object] = {"type": "object", "properties": properties, "required": ["name", "large"]}
    message = claude.messages.create(
        model=MODEL,
        max_tokens=100,
        messages=[{"role": "user", "content": "Tell me of Tokyo."}],
        output_config={"format": {"type": "json_schema", "schema": schema}},
        extra_body=GREEDY,
    )
    (block,) = message.content
    assert block.type == "text"
    assert set(json.loads(block.text)) == {"name", "large"}


def test_errors_are_the_clients_own(claude: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.NotFoundError, match="model 'missing' not found") as missing:
        claude.messages.create(model="missing", max_tokens=1, messages=HI)
    assert isinstance(missing.value.body, dict)
    assert missing.value.body["error"]["type"] == "not_found_error"
    tools: list[ToolParam] = [{"name": "look", "input_schema": {"type": "object"}}]
    with pytest.raises(anthropic.BadRequestError, match="does not support tools"):
        claude.messages.create(model=MODEL, max_tokens=1, messages=HI, tools=tools)


def test_a_model_that_cannot_think_answers_all_the_same(claude: anthropic.Anthropic) -> None:
    message = claude.messages.create(
        model=MODEL,
        max_tokens=1025,
        messages=HI,
        stop_sequences=[" "],
        thinking={"type": "enabled", "budget_tokens": 1024},
    )
    assert {block.type for block in message.content} <= {"text"}
