"""The official Python client of OpenAI: the specification's sections B.1 to B.5, as a program meets them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import openai
import pytest
from pydantic import BaseModel

from tests.e2e.conftest import MODEL, QUESTION

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

pytestmark = pytest.mark.real

MESSAGES: list[ChatCompletionMessageParam] = [{"role": "user", "content": QUESTION}]
GREEDY: Any = {"temperature": 0, "seed": 7, "max_tokens": 12}


@pytest.mark.section("B.2", "M.11", "M.12")
def test_chat(gpt: openai.OpenAI) -> None:
    whole = gpt.chat.completions.create(model=MODEL, messages=MESSAGES, **GREEDY)
    (choice,) = whole.choices
    assert choice.message.role == "assistant"
    assert choice.message.content
    assert choice.finish_reason == "length"
    assert whole.usage is not None
    assert whole.usage.completion_tokens == 12
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + 12
    parts = list(gpt.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True, **GREEDY))
    assert "".join(part.choices[0].delta.content or "" for part in parts) == choice.message.content
    assert parts[0].choices[0].delta.role == "assistant"
    assert [part.choices[0].finish_reason for part in parts] == [None] * (len(parts) - 1) + ["length"]


@pytest.mark.section("B.2")
def test_usage_of_a_stream(gpt: openai.OpenAI) -> None:
    options: Any = {"include_usage": True}
    parts = list(
        gpt.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True, stream_options=options, **GREEDY)
    )
    assert parts[-1].choices == []
    assert parts[-1].usage is not None
    assert parts[-1].usage.completion_tokens == 12
    assert all(part.usage is None for part in parts[:-1])


class City(BaseModel):
    name: str
    capital: bool


PARIS: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Tell me about Paris."}]


def test_the_stream_helper_of_the_client(gpt: openai.OpenAI) -> None:
    """It puts the chunks together by their ids and indices."""
    with gpt.chat.completions.stream(
        model=MODEL, messages=PARIS, response_format=City, temperature=0, max_tokens=400
    ) as stream:
        said = "".join(event.delta for event in stream if event.type == "content.delta")
        (choice,) = stream.get_final_completion().choices
    assert choice.message.content == said
    assert choice.message.parsed == City.model_validate_json(said)


def test_the_new_name_of_the_limit(gpt: openai.OpenAI) -> None:
    whole = gpt.chat.completions.create(model=MODEL, messages=MESSAGES, max_completion_tokens=3)
    assert whole.usage is not None
    assert whole.usage.completion_tokens == 3


def test_developers_and_parts_are_one_message_each(gpt: openai.OpenAI) -> None:
    """Judged by the size of the prompt: this model's wit proves nothing."""

    def size(*messages: ChatCompletionMessageParam) -> int:
        whole = gpt.chat.completions.create(model=MODEL, messages=messages, max_tokens=1)
        assert whole.usage is not None
        return whole.usage.prompt_tokens

    assert size({"role": "developer", "content": "Be brief."}, *MESSAGES) == size(
        {"role": "system", "content": "Be brief."}, *MESSAGES
    )
    parts: Any = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    assert size({"role": "user", "content": parts}) == size({"role": "user", "content": "one\ntwo"})


@pytest.mark.section("B.2", "M.25")
def test_logprobs(gpt: openai.OpenAI) -> None:
    whole = gpt.chat.completions.create(model=MODEL, messages=MESSAGES, logprobs=True, top_logprobs=2, **GREEDY)
    logprobs = whole.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    assert len(logprobs.content) == 12
    for entry in logprobs.content:
        assert entry.logprob <= 0
        assert entry.top_logprobs[0].token == entry.token
        assert len(entry.top_logprobs) == 2


@pytest.mark.section("B.2")
def test_structured_output(gpt: openai.OpenAI) -> None:
    parsed = gpt.chat.completions.parse(
        model=MODEL, messages=PARIS, response_format=City, temperature=0, max_tokens=400
    )
    assert isinstance(parsed.choices[0].message.parsed, City)
    plain = gpt.chat.completions.create(
        model=MODEL, messages=PARIS, response_format={"type": "json_object"}, temperature=0, max_tokens=400
    )
    assert plain.choices[0].message.content is not None
    assert plain.choices[0].message.content.lstrip().startswith("{")


@pytest.mark.section("B.3")
def test_completions(gpt: openai.OpenAI) -> None:
    whole = gpt.completions.create(model=MODEL, prompt=["Hi", QUESTION], **GREEDY)
    first, second = whole.choices
    assert (first.index, second.index) == (0, 1)
    assert first.text
    assert second.text
    assert whole.usage is not None
    assert 12 < whole.usage.completion_tokens <= 24
    parts = list(gpt.completions.create(model=MODEL, prompt=QUESTION, stream=True, logprobs=1, **GREEDY))
    assert "".join(part.choices[0].text for part in parts) == second.text
    assert parts[0].choices[0].logprobs is not None
    assert parts[0].choices[0].logprobs.tokens


@pytest.mark.section("B.4", "M.16")
def test_embeddings(gpt: openai.OpenAI) -> None:
    """Without a word about the encoding the client asks for base64 and unpacks it."""
    texts = ["The sky is blue", "天空是蓝色的"]
    unpacked = gpt.embeddings.create(model=MODEL, input=texts)
    plain = gpt.embeddings.create(model=MODEL, input=texts, encoding_format="float")
    for one, other in zip(unpacked.data, plain.data, strict=True):
        assert one.index == other.index
        assert one.embedding == pytest.approx(other.embedding, abs=1e-6)
        assert math.hypot(*one.embedding) == pytest.approx(1, abs=1e-4)
    assert unpacked.usage.prompt_tokens > 0
    assert len(gpt.embeddings.create(model=MODEL, input="Hi", dimensions=32).data[0].embedding) == 32


@pytest.mark.section("B.5", "M.20")
def test_models(gpt: openai.OpenAI) -> None:
    model = next(model for model in gpt.models.list() if model.id == f"{MODEL}:latest")
    assert (model.owned_by, model.object) == ("library", "model")
    assert gpt.models.retrieve(MODEL).created == model.created


@pytest.mark.section("B.1", "M.6")
@pytest.mark.parametrize(
    "call",
    [
        lambda gpt: gpt.chat.completions.create(model="nobody", messages=MESSAGES),
        lambda gpt: gpt.chat.completions.create(model="nobody", messages=MESSAGES, stream=True),
        lambda gpt: gpt.completions.create(model="nobody", prompt="Hi"),
        lambda gpt: gpt.embeddings.create(model="nobody", input="Hi"),
        lambda gpt: gpt.models.retrieve("nobody"),
    ],
)
def test_an_unknown_model_is_not_found(gpt: openai.OpenAI, call: Callable[[openai.OpenAI], object]) -> None:
    with pytest.raises(openai.NotFoundError, match="nobody") as caught:
        call(gpt)
    assert caught.value.type == "not_found_error"


@pytest.mark.section("B.1")
def test_a_bad_request(gpt: openai.OpenAI) -> None:
    tool: ChatCompletionToolParam = {"type": "function", "function": {"name": "look"}}
    with pytest.raises(openai.BadRequestError, match="does not support tools") as caught:
        gpt.chat.completions.create(model=MODEL, messages=MESSAGES, tools=[tool])
    assert caught.value.type == "invalid_request_error"
    with pytest.raises(openai.BadRequestError, match="image URLs are not currently supported"):
        gpt.chat.completions.create(
            model=MODEL,
            messages=[
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": "https://example.com/x.png"}}],
                }
            ],
        )


@pytest.mark.section("B.7")
def test_a_model_that_hears_nothing_says_so(gpt: openai.OpenAI) -> None:
    wave = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80>\0\0\0}\0\0\x02\0\x10\0data\0\0\0\0"
    with pytest.raises(openai.BadRequestError, match="Multimodal data provided, but model does not"):
        gpt.audio.transcriptions.create(model=MODEL, file=("speech.wav", wave))


async def test_the_async_client(async_gpt: openai.AsyncOpenAI) -> None:
    whole = await async_gpt.chat.completions.create(model=MODEL, messages=MESSAGES, **GREEDY)
    stream = await async_gpt.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True, **GREEDY)
    said = "".join([part.choices[0].delta.content or "" async for part in stream])
    assert said == whole.choices[0].message.content
    assert (await async_gpt.embeddings.create(model=MODEL, input="Hi")).data
    assert [model.id async for model in async_gpt.models.list()]
    with pytest.raises(openai.NotFoundError):
        await async_gpt.chat.completions.create(model="nobody", messages=MESSAGES)
