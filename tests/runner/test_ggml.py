"""The child that hosts ctransformers, as its parent sees it: real models of two layers, real generations."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import pytest_asyncio

from backend.errors import EngineRefused, LoadFailed, RunnerDied
from backend.runner.commands import GGML_COMMAND
from backend.runner.process import RunnerProcess
from backend.runner.spec import RunnerSpec
from tests.ggml.files import ggml_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from backend.runner.stream import RunnerClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
_LOADED_S = 60.0
_OPEN = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
_CONTEXT = 64
_ENDS = {"gpt2": 261, "gpt_neox": 261, "llama": 2}  # the token that ends a text


def _endless(family: str) -> dict[str, Any]:
    """Options of a reply that does not end by itself."""
    return {"n_predict": -1, "logit_bias": [[_ENDS[family], -1e9]]}


@asynccontextmanager
async def _running(folder: Path, content: bytes, **fields: Any) -> AsyncIterator[RunnerProcess]:
    path = folder / "model.bin"
    path.write_bytes(content)
    spec = RunnerSpec(id="r", model=str(path), **{"n_ctx": _CONTEXT, "slots": 1, "n_batch": 512, **fields})
    process = RunnerProcess(spec, folder, GGML_COMMAND, lambda: None)
    life = asyncio.create_task(process.run())
    try:
        yield process
    finally:
        await process.stop(0)
        await life


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["gpt2", "llama"])
async def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def runner(family: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunnerClient]:
    """A runner of each of two families."""
    folder = tmp_path_factory.mktemp("r")
    async with _running(folder, ggml_bytes(family), model_type=family) as process:
        yield await process.ready(_LOADED_S)


async def _complete(client: RunnerClient, prompt: object, **options: object) -> tuple[str, list[int], dict[str, Any]]:
    """Text, tokens and the last event."""
    text, tokens, last = "", [], {}
    async for event in client.stream("/completion", {"prompt": prompt, **_OPEN, "n_predict": 12, **options}):
        text += event["content"]
        tokens += event["tokens"]
        last = event
    assert last["stop"]
    return text, tokens, last


async def _tokens(client: RunnerClient, text: str) -> list[int]:
    tokens: list[int] = (await client.call("/tokenize", {"content": text}))["tokens"]
    return tokens


async def test_equal_seeds_say_the_same_and_others_do_not(runner: RunnerClient) -> None:
    first, again, other = [await _complete(runner, "the lake", seed=seed) for seed in (3, 3, 4)]
    assert first[:2] == again[:2]
    assert first[1] != other[1]
    assert again[2]["timings"]["cache_n"] > 0


async def test_temperature_zero_is_greedy(runner: RunnerClient) -> None:
    assert (await _complete(runner, "the", temperature=0))[1] == (await _complete(runner, "the", top_k=1))[1]


async def test_a_top_k_beyond_the_vocabulary_is_all_of_it(runner: RunnerClient) -> None:
    assert (await _complete(runner, "the", seed=5, top_k=10**6))[1] == (await _complete(runner, "the", seed=5))[1]


async def test_the_last_event_tells_the_counts(runner: RunnerClient) -> None:
    _, tokens, last = await _complete(runner, "the lake", seed=3, n_predict=5, cache_prompt=False)
    assert len(tokens) == 5
    assert (last["stop_type"], last["truncated"], last["timings"]["predicted_n"]) == ("limit", False, 5)
    assert last["timings"]["prompt_n"] == last["tokens_evaluated"]
    assert last["timings"]["prompt_ms"] > 0


async def test_a_stop_string_ends_the_reply_before_it(runner: RunnerClient) -> None:
    whole = (await _complete(runner, "the lake", seed=3))[0]
    stop = whole[3:6]
    text, _, last = await _complete(runner, "the lake", seed=3, stop=["never", stop])
    assert text == whole[: whole.index(stop)]
    assert (last["stop_type"], last["stopping_word"]) == ("word", stop)


async def test_any_text_becomes_tokens_and_most_come_back(runner: RunnerClient, family: str) -> None:
    text = "a lake é 🙂 \x00" + "x" * 5000 + " " * 3000 + "\n"
    tokens = await _tokens(runner, text)
    back = (await runner.call("/detokenize", {"tokens": tokens}))["content"]
    assert back.strip() == text.replace("\x00", "").strip() or family == "llama"
    assert len(tokens) > 1000


async def test_a_prompt_may_be_tokens(runner: RunnerClient, family: str) -> None:
    tokens = (await runner.call("/tokenize", {"content": "the lake", "add_special": True}))["tokens"]
    assert (tokens[0] == 1) == (family == "llama")
    assert (await _complete(runner, tokens, seed=3))[1] == (await _complete(runner, "the lake", seed=3))[1]


async def test_at_the_end_of_the_context_the_older_half_is_forgotten(runner: RunnerClient, family: str) -> None:
    _, tokens, last = await _complete(runner, "the lake", **_endless(family), seed=3)
    assert last["truncated"]
    assert last["stop_type"] == "limit"
    assert len(tokens) == 10 * _CONTEXT


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"prompt": "a", "json_schema": {}}, 400, "format or grammar"),
        ({"prompt": "a", "grammar": "root ::= x"}, 400, "format or grammar"),
        ({"prompt": "a", "n_probs": 1}, 400, "log probabilities"),
        ({"prompt": {"prompt_string": "a", "multimodal_data": []}}, 400, "images"),
        ({"prompt": "a", "repeat_penalty": 0}, 400, "repeat_penalty"),
        ({"prompt": "a", "top_k": "x"}, 400, "top_k"),
        ({"prompt": [1, 10**6]}, 400, "no token 1000000"),
        ({"prompt": [-1]}, 400, "no token -1"),
        ({"prompt": []}, 400, "list of tokens"),
        ({"prompt": "a b " * 500}, 400, "exceeds the available context size"),
    ],
)
async def test_what_cannot_be_done_is_refused(
    runner: RunnerClient, body: dict[str, Any], status: int, words: str
) -> None:
    with pytest.raises(EngineRefused, match=words) as refusal:
        await _complete(runner, **body)
    assert refusal.value.status == status


async def test_chat_templates_and_unknown_tokens_are_refused(runner: RunnerClient) -> None:
    with pytest.raises(EngineRefused, match="chat templates"):
        await runner.call("/apply-template", {"messages": []})
    with pytest.raises(EngineRefused, match="no token"):
        await runner.call("/detokenize", {"tokens": [-5]})


async def test_embeddings_have_length_one_or_are_refused(runner: RunnerClient, family: str) -> None:
    if family == "gpt2":
        with pytest.raises(EngineRefused, match="give no embeddings") as refusal:
            await runner.call("/v1/embeddings", {"input": "the lake"})
        assert refusal.value.status == 501
        return
    answers = [await runner.call("/v1/embeddings", {"input": text}) for text in ("the lake", "the lake", "salt")]
    lake, again, salt = (np.array(answer["data"][0]["embedding"]) for answer in answers)
    assert np.linalg.norm(lake) == pytest.approx(1)
    assert lake @ again == pytest.approx(1)
    assert lake @ salt < 0.999
    assert answers[0]["usage"]["prompt_tokens"] > 1


async def test_hanging_up_ends_a_generation_and_the_next_one_begins(runner: RunnerClient, family: str) -> None:
    body = {"prompt": [70] * 4, **_OPEN, **_endless(family), "n_predict": 10**6}
    async with aclosing(runner.stream("/completion", body)) as events:
        assert (await anext(events))["prompt_progress"]["total"] > 0
        async with asyncio.timeout(20):
            waiting = asyncio.create_task(_complete(runner, "the lake", seed=3))
            while not (await anext(events))["tokens"]:
                pass
            assert not waiting.done()
            await events.aclose()
            assert (await waiting)[1]


async def test_nobody_without_the_key_is_served(tmp_path: Path) -> None:
    import aiohttp

    async with _running(tmp_path, ggml_bytes("gpt2"), model_type="gpt2") as process:
        await process.ready(_LOADED_S)
        socket = aiohttp.UnixConnector(str(tmp_path / "r.sock"))
        async with (
            aiohttp.ClientSession("http://runner", connector=socket) as stranger,
            stranger.post("/tokenize", json={"content": "hi"}) as refused,
            stranger.get("/health") as answered,
        ):
            assert (refused.status, answered.status) == (401, 200)


async def test_without_shift_a_reply_ends_with_the_context(tmp_path: Path) -> None:
    async with _running(tmp_path, ggml_bytes("gpt_neox"), model_type="gpt_neox", context_shift=False) as process:
        client = await process.ready(_LOADED_S)
        _, tokens, last = await _complete(client, [40] * 10, **_endless("gpt_neox"))
        assert (last["stop_type"], last["truncated"], len(tokens)) == ("limit", True, _CONTEXT - 10 + 1)
        while process.log.memory is None:  # noqa: ASYNC110 # the log is read beside, and nothing tells of a line
            await asyncio.sleep(0)
        assert process.log.memory.kv > 0


async def test_a_killed_runner_ends_its_reply_with_an_error(tmp_path: Path) -> None:
    async with _running(tmp_path, ggml_bytes("gpt_neox"), model_type="gpt_neox") as process:
        client = await process.ready(_LOADED_S)
        # More than the pipe between them holds: what was sent before the kill is not the whole.
        body = {"prompt": "the", **_OPEN, **_endless("gpt_neox"), "n_predict": 10**6}
        async with aclosing(client.stream("/completion", body)) as events:
            await anext(events)
            os.kill(process.pid, signal.SIGKILL)
            with pytest.raises(RunnerDied):
                [event async for event in events]


@pytest.mark.parametrize(
    ("content", "model_type", "words"),
    [
        (ggml_bytes("gpt2")[:-100], "gpt2", "error loading model: .*(ends|cut|short|end)"),
        (ggml_bytes("llama")[:3000], "llama", "error loading model: .*(ends|cut|short|end)"),
        (b"nonsense" * 100, "gpt2", "not in GGML format"),
        (ggml_bytes("gpt2", layer=2), "mpt", "error loading model"),
        (b"", "gpt2", "not in GGML format"),
    ],
)
async def test_a_file_that_lies_is_a_load_failure_that_names_the_cause(
    tmp_path: Path, content: bytes, model_type: str, words: str
) -> None:
    async with _running(tmp_path, content, model_type=model_type) as process:
        with pytest.raises(LoadFailed, match=words):
            await process.ready(_LOADED_S)
        await process.exited.wait()
        assert process.returncode == 1


async def test_layers_for_an_accelerator_that_is_not_there_stay_on_the_processor(tmp_path: Path) -> None:
    """Or of a family that the library cannot put there."""
    async with _running(tmp_path, ggml_bytes("gpt2"), model_type="gpt2", gpu_layers=99) as process:
        client = await process.ready(_LOADED_S)
        assert (await _complete(client, "the"))[1]
    assert any("run on the processor alone" in line for line in process.log.lines)


async def test_a_family_that_cannot_go_back_begins_anew(tmp_path: Path) -> None:
    async with _running(tmp_path, ggml_bytes("falcon"), model_type="falcon") as process:
        client = await process.ready(_LOADED_S)
        first, again = [await _complete(client, "the lake", seed=3) for _ in range(2)]
        assert first[:2] == again[:2]
        assert again[2]["timings"]["cache_n"] == 0
