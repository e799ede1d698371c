"""`POST /v1/completions`: the specification's section B.3, and several prompts at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.backend import add_model
from tests.fakes.observed import asked, hung_up, is_idle, replay, until
from tests.fakes.openai_wire import document, events, refusal

if TYPE_CHECKING:
    from backend.client import Client
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("B.3")

PATH = "/v1/completions"
NOTHING = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


async def complete(wire: Wire, **fields: Any) -> Answer:
    return await wire.post(PATH, **{"model": "m", "prompt": "«one two»", **fields})


async def test_a_whole_reply_has_its_shape(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    reply = document(await complete(wire))
    assert list(reply) == ["id", "object", "created", "model", "system_fingerprint", "choices", "usage"]
    assert reply["id"].startswith("cmpl-")
    assert (reply["object"], reply["model"]) == ("text_completion", "m")
    assert reply["choices"] == [{"text": "one two", "index": 0, "finish_reason": "stop"}]
    assert reply["usage"]["completion_tokens"] == 2
    assert reply["usage"]["total_tokens"] == reply["usage"]["prompt_tokens"] + 2


async def test_a_stream_has_its_order(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    chunks = events(await complete(wire, stream=True))
    assert [chunk["choices"] for chunk in chunks] == [
        [{"text": "one", "index": 0, "finish_reason": None}],
        [{"text": " two", "index": 0, "finish_reason": None}],
        [{"text": "", "index": 0, "finish_reason": "stop"}],
    ]
    assert len({(chunk["id"], chunk["created"], chunk["object"]) for chunk in chunks}) == 1
    assert not any("usage" in chunk for chunk in chunks)


async def test_usage_is_in_every_chunk_and_real_in_the_last(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    *chunks, last = events(await complete(wire, stream=True, stream_options={"include_usage": True}))
    assert all(chunk["usage"] == NOTHING for chunk in chunks)
    assert (last["choices"], last["usage"]["completion_tokens"]) == ([], 2)


async def test_several_prompts_are_as_many_choices(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    prompts = ["«one two»", "«three»"]
    reply = document(await complete(wire, prompt=prompts, max_tokens=1))
    assert reply["choices"] == [
        {"text": "one", "index": 0, "finish_reason": "length"},
        {"text": "three", "index": 1, "finish_reason": "stop"},
    ]
    alone = [document(await complete(wire, prompt=prompt, max_tokens=1))["usage"] for prompt in prompts]
    assert reply["usage"] == {key: alone[0][key] + alone[1][key] for key in NOTHING}
    chunks = events(await complete(wire, prompt=prompts, stream=True, stream_options={"include_usage": True}))
    pieces = [(chunk["choices"][0]["index"], chunk["choices"][0]["text"]) for chunk in chunks[:-1]]
    assert pieces == [(0, "one"), (0, " two"), (0, ""), (1, "three"), (1, "")]
    assert chunks[-1]["usage"]["completion_tokens"] == 3


async def test_what_the_engine_is_asked(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    await complete(wire, max_tokens=4, seed=3, stop="x", temperature=0, top_p=0, prompt="hi")
    await complete(wire, stop=["x", "y"], frequency_penalty=0.5, presence_penalty=0.25, prompt="hi")
    first, second = await asked(runners[0])
    assert first["prompt"] == "<user>hi\n<assistant>"
    assert (first["n_predict"], first["seed"], first["stop"]) == (4, 3, ["x"])
    assert (first["temperature"], first["top_p"]) == (0.0, 1.0)
    assert (first["frequency_penalty"], first["presence_penalty"]) == (0.0, 0.0)
    assert (second["temperature"], second["top_p"], second["stop"]) == (1.0, 1.0, ["x", "y"])
    assert (second["frequency_penalty"], second["presence_penalty"]) == (0.5, 0.25)


@pytest.mark.usefixtures("_replaying")
async def test_logprobs_have_the_old_shape(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")

    def token(text: str) -> dict[str, Any]:
        entry = {"token": text, "logprob": -0.5, "top_logprobs": [{"token": text, "logprob": -0.5}]}
        return {"content": text, "stop": False, "completion_probabilities": [entry]}

    end = {"content": "", "stop": True, "stop_type": "eos", "timings": {}}
    prompt = replay(token("ab"), token("c"), end)
    (choice,) = document(await complete(wire, prompt=prompt, logprobs=1))["choices"]
    assert (choice["text"], choice["finish_reason"]) == ("abc", "stop")
    assert choice["logprobs"] == {
        "tokens": ["ab", "c"],
        "token_logprobs": [-0.5, -0.5],
        "top_logprobs": [{"ab": -0.5}, {"c": -0.5}],
        "text_offset": [0, 2],
    }
    first, second, last = events(await complete(wire, prompt=prompt, logprobs=1, stream=True))
    assert first["choices"][0]["logprobs"]["tokens"] == ["ab"]
    assert second["choices"][0]["logprobs"]["text_offset"] == [2]
    assert "logprobs" not in last["choices"][0]


async def test_no_prompt_is_no_text(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    reply = document(await complete(wire, prompt=""))
    assert (reply["choices"], reply["usage"]) == ([{"text": "", "index": 0, "finish_reason": "stop"}], NOTHING)
    (chunk,) = events(await complete(wire, prompt="", stream=True))
    assert chunk["choices"] == [{"text": "", "index": 0, "finish_reason": "stop"}]


NO_PROMPTS: list[object] = [5, [], [1, 2], [[1], [2]], ["x", 5], {}]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"model": ""}, (404, "model '' not found")),
        ({"model": "nobody"}, (404, "model 'nobody' not found")),
        ({"suffix": "x"}, (400, "registry.ollama.ai/library/m:latest does not support insert")),
        ({"stop": 5}, (400, "invalid type for 'stop' field: int")),
        ({"stop": ["x", 5]}, (400, "invalid type for 'stop' field: int")),
        ({"logprobs": 21}, (400, "top_logprobs must be between 0 and 20")),
        *(
            ({"prompt": prompt}, (400, "invalid prompt: it must be a string or a list of strings"))
            for prompt in NO_PROMPTS
        ),
        ({"prompt": ["hi", "@error=0"]}, (500, None)),
    ],
)
async def test_errors_come_in_the_envelope(
    wire: Wire, backend: Settings, fields: dict[str, Any], expected: tuple[int, str | None]
) -> None:
    add_model(backend, "m")
    status, message = refusal(await complete(wire, **fields))
    assert (status, message) == (expected[0], expected[1] or message)


async def test_an_error_in_mid_stream_is_told_before_the_end(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    *_, before, last = events(await complete(wire, prompt=["«one»", "@error=1"], stream=True))
    assert before["choices"][0]["index"] == 1
    assert "something broke" in last["error"]["message"]


async def test_a_client_that_leaves_stops_the_generation(
    runners: list[RunnerHandle], wire: Wire, backend: Settings, client: Client
) -> None:
    add_model(backend, "m")
    body = {"model": "m", "prompt": ["@hang=1", "never asked"], "stream": True}
    async with wire.session.post(PATH, json=body) as response:
        await response.content.readline()
        snapshot = await until(client, lambda snapshot: snapshot.requests)
        assert [one.kind for one in snapshot.requests] == ["generate"]
    await hung_up(runners[0])
    await until(client, is_idle)
    assert len(await asked(runners[0])) == 1
