"""`POST /v1/messages/count_tokens`, which Ollama lacks: errors and shapes of the specification's section B.8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backend.store.store import Store
from tests.fakes.anthropic import HI, LOOK, refusal, user
from tests.fakes.backend import TALENTED, add_model
from tests.fakes.gguf_file import LLAMA, gguf_bytes
from tests.fakes.observed import asked

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("B.8")

COUNT = "/v1/messages/count_tokens"


async def count(wire: Wire, **fields: Any) -> Answer:
    return await wire.post(COUNT, **{"model": "m", "messages": HI, **fields})


async def test_tokens_are_counted_and_nothing_is_generated(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", metadata=TALENTED)
    answer = await count(wire, messages=user("one two three"), system="be brief", tools=[LOOK])
    prompt = "<system>be brief\n<user>one two three\n<assistant>"
    assert answer.json == {"input_tokens": len(prompt.split())}
    assert await asked(runners[0]) == []
    (rendered,) = await asked(runners[0], "/apply-template")
    assert rendered["tools"][0]["function"]["name"] == "look"
    (tokenized,) = await asked(runners[0], "/tokenize")
    assert (tokenized["content"], tokenized["add_special"]) == (prompt, True)


async def test_a_conversation_longer_than_the_context_is_counted_whole(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", parameters={"num_ctx": 16})
    answer = await count(wire, messages=user("word " * 100) * 3)
    assert answer.json["input_tokens"] > 300


async def test_an_image_counts_for_a_model_that_sees(wire: Wire, backend: Settings) -> None:
    """The specification's section G.6."""
    described = {**LLAMA, "tokenizer.chat_template": "x"}
    store = Store(backend.models)
    for name, more in (("blind", {}), ("m", {"mmproj.gguf": gguf_bytes({"general.architecture": "clip"})})):
        files = {file: str(store.blobs.put(data)) for file, data in {"m.gguf": gguf_bytes(described), **more}.items()}
        assert (await wire.post("/api/create", model=name, files=files, stream=False)).status == 200
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0="}}
    messages = [{"role": "user", "content": [picture]}]
    blind, seeing = [(await count(wire, model=name, messages=messages)).json["input_tokens"] for name in ("blind", "m")]
    assert seeing == blind + 768


async def test_a_count_validates_as_the_messages_do(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    for fields, refused in (
        ({"model": ""}, (400, "invalid_request_error", "model is required")),
        ({"messages": []}, (400, "invalid_request_error", "messages is required")),
        ({"model": "Missing"}, (404, "not_found_error", "model 'Missing' not found")),
    ):
        assert refusal(await count(wire, **fields)) == refused
    assert (await count(wire, thinking={"type": "enabled", "budget_tokens": 1024})).status == 200
