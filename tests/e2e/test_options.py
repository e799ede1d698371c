"""Options reach the engine: what they do can be seen in the replies."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from backend.errors import BackendError
from backend.wire.ollama import ChatRequest, ChatResponse, GenerateRequest, GenerateResponse, Message
from tests.e2e.conftest import MODEL

if TYPE_CHECKING:
    from backend.client import Client

pytestmark = [pytest.mark.real, pytest.mark.section("A.6")]

COUNT = "1, 2, 3, 4, 5, 6, 7, 8, 9,"
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 12}, "warm": {"type": "boolean"}},
    "required": ["city", "warm"],
}
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0000000030001"
        "5b7c6b0f0000000049454e44ae426082"
    )
).decode()


async def generate(
    client: Client, prompt: str = COUNT, *, raw: bool = True, **fields: Any
) -> tuple[str, GenerateResponse]:
    """The whole text and the last line."""
    parts = [part async for part in client.generate(GenerateRequest(model=MODEL, prompt=prompt, raw=raw, **fields))]
    return "".join(part.response for part in parts), parts[-1]


async def chat(client: Client, content: str, **fields: Any) -> tuple[str, ChatResponse]:
    request = ChatRequest(model=MODEL, messages=[Message(role="user", content=content)], **fields)
    parts = [part async for part in client.chat(request)]
    return "".join(part.message.content for part in parts), parts[-1]


async def test_a_seed_reproduces(real: Client) -> None:
    def options(seed: int) -> dict[str, object]:
        return {"seed": seed, "temperature": 1.5, "num_predict": 12}

    prompt = "Once upon a time"
    first, _ = await generate(real, prompt, options=options(1))
    assert (await generate(real, prompt, options=options(1)))[0] == first
    others = [(await generate(real, prompt, options=options(seed)))[0] for seed in (2, 3)]
    assert any(other != first for other in others)


async def test_num_predict_ends_the_reply(real: Client) -> None:
    _, last = await generate(real, options={"num_predict": 5, "temperature": 0})
    assert (last.eval_count, last.done_reason) == (5, "length")
    _, last_of_chat = await chat(real, "Tell me a story", options={"num_predict": 5})
    assert (last_of_chat.eval_count, last_of_chat.done_reason) == (5, "length")


async def test_a_stop_string_ends_the_reply_and_is_not_shown(real: Client) -> None:
    text, last = await generate(real, options={"stop": ["12", "never"], "temperature": 0, "num_predict": 40})
    assert text == " 10, 11, "
    assert last.done_reason == "stop"


async def test_the_models_own_parameters_are_overlaid(real: Client) -> None:
    """Ints where floats are meant, unknown names and nulls are fine (section A.6)."""
    options = {"num_predict": 4.0, "temperature": 0, "mirostat": 2, "top_k": None, "nonsense": [1]}
    assert (await generate(real, options=options))[1].eval_count == 4


@pytest.mark.section("A.8", "M.8", "M.19")
async def test_num_ctx_loads_again_and_shows(real: Client) -> None:
    options = {"num_predict": 2, "temperature": 0, "num_ctx": 1024}
    _, last = await generate(real, options=options)
    assert [model.context_length for model in await real.ps() if model.name == f"{MODEL}:latest"] == [1024]
    _, again = await generate(real, options=options)
    assert again.load_duration < last.load_duration / 2


# The engine rounds the context up to 256 tokens. The prompt nearly fills it, so that the reply soon comes to its end.
FULL = " la" * 230
IN_256 = {"num_ctx": 256, "num_predict": 60, "temperature": 0}


async def test_a_reply_longer_than_the_context_goes_on(real: Client) -> None:
    text, last = await generate(real, FULL, options=IN_256)
    assert last.prompt_eval_count + last.eval_count > 256
    assert (last.eval_count, last.done_reason) == (60, "length")
    assert text


async def test_without_shift_the_context_ends_the_reply(real: Client) -> None:
    _, last = await generate(real, FULL, options=IN_256, shift=False)
    assert last.done_reason == "length"
    assert last.prompt_eval_count + last.eval_count == 256


async def test_a_prompt_longer_than_the_context_is_cut_in_the_middle(real: Client) -> None:
    prompt = "".join(f"{number}, " for number in range(1, 200))
    _, last = await generate(real, prompt, options={"num_ctx": 64, "num_predict": 3, "temperature": 0})
    assert last.eval_count == 3
    assert 16 < last.prompt_eval_count < 64
    with pytest.raises(BackendError, match="exceeds the available context size"):
        await generate(real, prompt, options={"num_ctx": 64, "num_predict": 3}, truncate=False)


async def test_a_chat_longer_than_the_context_loses_its_beginning(real: Client) -> None:
    turns = [Message(role=("user", "assistant")[n % 2], content=f"This is turn {n}.") for n in range(41)]
    options = {"num_ctx": 128, "num_predict": 3, "temperature": 0}
    request = ChatRequest(model=MODEL, messages=turns, options=options)
    *_, last = [part async for part in real.chat(request)]
    assert last.eval_count == 3
    assert 64 < last.prompt_eval_count <= 128
    with pytest.raises(BackendError, match="exceeds the available context size"):
        await anext(real.chat(ChatRequest(model=MODEL, messages=turns, options=options, truncate=False)))


@pytest.mark.section("A.2", "M.14")
async def test_format_json_is_json(real: Client) -> None:
    options = {"temperature": 0, "num_predict": 120}
    text, last = await chat(real, "Describe the sky as JSON with one key.", format="json", options=options)
    if last.done_reason == "stop":
        assert isinstance(json.loads(text), dict)
    else:  # nothing makes a small model come to an end
        assert text.lstrip().startswith("{")


@pytest.mark.section("A.2", "M.14")
@pytest.mark.parametrize("call", [generate, chat])
async def test_a_schema_shapes_the_reply(real: Client, call: Any) -> None:
    """The schema leaves so little that the reply ends by itself."""
    text, last = await call(real, "Is it warm in Rome? ", format=SCHEMA, options={"temperature": 0, "num_predict": 100})
    assert last.done_reason == "stop"
    answer = json.loads(text)
    assert list(answer) == ["city", "warm"]
    assert isinstance(answer["warm"], bool)


@pytest.mark.section("A.2", "M.25")
async def test_logprobs_come_with_the_pieces(real: Client) -> None:
    request = GenerateRequest(
        model=MODEL, prompt=COUNT, raw=True, logprobs=True, top_logprobs=3, options={"num_predict": 4, "temperature": 0}
    )
    pieces = [part async for part in real.generate(request) if not part.done]
    entries = [entry for piece in pieces for entry in piece.logprobs]
    assert len(entries) == 4
    for entry in entries:
        assert entry.logprob <= 0
        assert bytes(entry.bytes).decode() == entry.token
        assert len(entry.top_logprobs) == 3
        assert entry.top_logprobs[0].logprob == pytest.approx(entry.logprob, abs=1e-3)


@pytest.mark.section("A.2", "M.15")
async def test_an_image_for_a_model_that_sees_nothing_is_the_engines_error(real: Client) -> None:
    message = Message(role="user", content="What is this?", images=[PIXEL])
    with pytest.raises(BackendError, match="model does not support multimodal requests") as caught:
        await anext(real.chat(ChatRequest(model=MODEL, messages=[message])))
    assert caught.value.status == 400
    assert json.loads(caught.value.message)["error"]["message"]
    assert (await generate(real, options={"num_predict": 1}))[0]


@pytest.mark.section("A.2", "M.14")
@pytest.mark.parametrize("call", [generate, chat])
async def test_what_a_schema_says_beyond_the_engines_knowledge_does_not_free_the_reply(real: Client, call: Any) -> None:
    colour = {"type": "string", "format": "of my own", "enum": ["red", "blue"]}
    schema = {"type": "object", "properties": {"colour": colour}, "required": ["colour"], "if": {}, "then": {}}
    text, _ = await call(real, "Which colour?", format=schema, options={"temperature": 0, "num_predict": 40})
    assert json.loads(text)["colour"] in {"red", "blue"}
    with pytest.raises(BackendError, match="cannot be followed") as caught:
        await call(real, "Which colour?", format={"type": "string", "pattern": "("})
    assert caught.value.status == 400
