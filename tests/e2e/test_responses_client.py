"""The official OpenAI client asks for responses."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from tests.e2e.conftest import MODEL

pytestmark = [pytest.mark.real, pytest.mark.section("B.6")]

QUESTION = "Why is the sky blue?"


class City(BaseModel):
    name: str
    large: bool


def test_a_response(gpt: openai.OpenAI) -> None:
    response = gpt.responses.create(model=MODEL, input=QUESTION, temperature=0, max_output_tokens=12)
    assert response.output_text
    assert response.usage is not None
    assert response.usage.output_tokens == 12
    assert response.usage.input_tokens > 5
    assert (response.status, response.error) == ("incomplete", None)
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"


def test_a_stream_adds_up_to_the_response(gpt: openai.OpenAI) -> None:
    asked: dict[str, Any] = {"model": MODEL, "input": QUESTION, "temperature": 0, "max_output_tokens": 12}
    whole = gpt.responses.create(**asked)
    with gpt.responses.stream(**asked) as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        final = stream.get_final_response()
    assert final.output_text == text == whole.output_text


@pytest.mark.section("M.25")
async def test_an_asynchronous_stream_of_events(async_gpt: openai.AsyncOpenAI) -> None:
    stream = await async_gpt.responses.create(model=MODEL, input=QUESTION, max_output_tokens=4, stream=True)
    events = [event async for event in stream]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert (events[0].type, events[-1].type) == ("response.created", "response.completed")


def test_instructions_and_history_reach_the_model(gpt: openai.OpenAI) -> None:
    """Judged by the size of the prompt: this model's wit proves nothing."""
    bare = gpt.responses.create(model=MODEL, input=QUESTION, max_output_tokens=1)
    history: list[Any] = [{"role": "user", "content": "Hi"}, *bare.output, {"role": "user", "content": QUESTION}]
    told = gpt.responses.create(model=MODEL, input=history, instructions="You are a pirate. " * 20, max_output_tokens=1)
    assert bare.usage is not None
    assert told.usage is not None
    assert told.usage.input_tokens > bare.usage.input_tokens + 80


def test_structured_output(gpt: openai.OpenAI) -> None:
    response = gpt.responses.parse(
        model=MODEL, input="Tell me of Tokyo.", text_format=City, temperature=0, max_output_tokens=100
    )
    assert isinstance(response.output_parsed, City)
    assert set(json.loads(response.output_text)) == {"name", "large"}


def test_errors_are_the_clients_own(gpt: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="model 'missing' not found"):
        gpt.responses.create(model="missing", input=QUESTION)
    with pytest.raises(openai.BadRequestError, match="does not support thinking"):
        gpt.responses.create(model=MODEL, input=QUESTION, reasoning={"effort": "high"})
