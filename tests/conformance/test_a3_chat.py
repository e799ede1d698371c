"""Section A.3 of the specification, where the tests of the HTTP side and of inference leave a sentence open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from backend.wire.ollama import Message
from tests.fakes.backend import TALENTED, add_model
from tests.fakes.engine_events import END, delta
from tests.fakes.observed import asked, replay

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("A.3")

HI = [{"role": "user", "content": "hi"}]
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {"b": {}}}}}
AGAIN = ". Pull the model again to get the latest version with full thinking support"


async def chat(wire: Wire, **fields: Any) -> Answer:
    return await wire.post("/api/chat", **{"model": "m", "messages": HI, **fields})


async def test_roles_are_lower_cased_and_may_be_any(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    await chat(wire, messages=[{"role": "SYSTEM"}, {"role": "Critic", "content": "no"}, {"role": "User"}])
    (body,) = await asked(runners[0])
    assert [(message["role"], message["content"]) for message in body["messages"]] == [
        ("system", ""),
        ("critic", "no"),
        ("user", ""),
    ]


async def test_the_models_system_text_stands_back_for_the_requests(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", system="of the model")
    add_model(backend, "n", system="of the model", messages=[Message(role="user", content="stored")])
    await chat(wire, messages=[{"role": "System", "content": "mine"}, *HI])
    await chat(wire, model="n", messages=[{"role": "system", "content": "mine"}, *HI])
    contents = [[message["content"] for message in (await asked(runner))[0]["messages"]] for runner in runners]
    assert contents == [["mine", "hi"], ["of the model", "stored", "mine", "hi"]]


@pytest.mark.parametrize(
    ("name", "architecture", "advice"), [("m", "qwen3", AGAIN), ("deepseek-r1", "llama", AGAIN), ("m", "llama", "")]
)
async def test_old_models_of_thinkers_are_to_be_pulled_again(
    wire: Wire, backend: Settings, name: str, architecture: str, advice: str
) -> None:
    add_model(backend, name, metadata={"general.architecture": architecture})
    full = f"registry.ollama.ai/library/{name}:latest does not support tools\nthinking"
    assert (await chat(wire, model=name, think=True, tools=[TOOL])).refusal == (400, full + advice)
    alone = f'"{name}" does not support thinking'
    assert (await chat(wire, model=name, think=True)).refusal == (400, alone + advice)


@pytest.mark.usefixtures("_replaying")
@pytest.mark.section("M.13")
@pytest.mark.parametrize("stream", [True, False])
async def test_the_arguments_of_a_call_are_an_object_in_the_order_of_the_model(
    wire: Wire, backend: Settings, stream: bool
) -> None:
    add_model(backend, "m", metadata=TALENTED)
    function = {"name": "look", "arguments": '{"z": 1, "a": {"y": "ö<>", "b": [2]}}'}
    call = delta(tool_calls=[{"index": 0, "id": "call_abcd1234", "function": function}])
    messages = [{"role": "user", "content": replay(call, END)}]
    answer = await chat(wire, messages=messages, tools=[TOOL], stream=stream)
    last = answer.lines[-1] if stream else answer.json
    expected = {"index": 0, "name": "look", "arguments": {"z": 1, "a": {"y": "ö<>", "b": [2]}}}
    assert last["message"]["tool_calls"] == [{"id": "call_abcd1234", "function": expected}]
    assert list(last["message"]) == ["role", "content", "tool_calls"]
    assert list(last["message"]["tool_calls"][0]["function"]["arguments"]) == ["z", "a"]
    assert (last["done"], last["done_reason"], last["message"]["content"]) == (True, "stop", "")


async def test_the_properties_of_a_tool_keep_their_order(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", metadata=TALENTED)
    properties = {name: {"type": ["string", "null"]} for name in ("z", "a", "m")}
    parameters = {"type": "object", "properties": properties, "required": ["z"]}
    tool = {"type": "function", "function": {"name": "look", "description": "d", "parameters": parameters}}
    await chat(wire, tools=[tool])
    (body,) = await asked(runners[0])
    assert orjson.dumps(body["tools"]) == orjson.dumps([tool])


@pytest.mark.section("M.3", "M.18")
@pytest.mark.usefixtures("_replaying")
async def test_every_chunk_has_what_litellm_reads_blindly(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    events = (delta(reasoning_content="hm"), delta(content="yes"), END)
    lines = (await chat(wire, messages=[{"role": "user", "content": replay(*events)}])).lines
    for line in lines:
        assert list(line)[:4] == ["model", "created_at", "message", "done"]
        assert list(line["message"])[:2] == ["role", "content"]
        assert "context" not in line
        assert line["message"]["role"] == "assistant"
    assert [line["message"].get("thinking", "") for line in lines] == ["hm", "", ""]
    assert [line["done"] for line in lines] == [False, False, True]
