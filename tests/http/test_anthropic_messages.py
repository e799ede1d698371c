"""`POST /v1/messages`: the specification's section B.8, whole replies and errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from backend.inference.schema import for_engine
from tests.fakes.anthropic import HI, LOOK, refusal, user
from tests.fakes.backend import TALENTED, add_model
from tests.fakes.engine_events import END, delta
from tests.fakes.observed import asked, replay

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("B.8")

PATH = "/v1/messages"
SEARCH = {"type": "web_search_20250305", "name": "web_search"}
NO_SEARCH = (
    'this server cannot search the web for the model: leave the tool "web_search" out of tools, '
    "or offer a tool of your own"
)


async def ask(wire: Wire, **fields: Any) -> Answer:
    return await wire.post(PATH, **{"model": "m", "max_tokens": 99, "messages": HI, **fields})


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"model": "", "max_tokens": 0, "messages": []}, "model is required"),
        ({"max_tokens": 0, "messages": []}, "max_tokens is required and must be positive"),
        ({"max_tokens": -1}, "max_tokens is required and must be positive"),
        ({"messages": []}, "messages is required"),
        ({"model": "a b"}, "invalid model name"),
        ({"tools": [LOOK]}, "registry.ollama.ai/library/m:latest does not support tools"),
        ({"tools": [SEARCH]}, NO_SEARCH),
        (
            {"tools": [LOOK], "tool_choice": {"type": "tool", "name": "go"}},
            'tool_choice names "go", which is not among the tools',
        ),
        (
            {"output_config": {"effort": "huge"}},
            'invalid output_config.effort: "huge" (must be one of "low", "medium", "high", "xhigh", "max")',
        ),
    ],
)
async def test_refusals_come_in_order(wire: Wire, backend: Settings, fields: dict[str, Any], text: str) -> None:
    add_model(backend, "m")
    for stream in (True, False):
        assert refusal(await ask(wire, stream=stream, **fields)) == (400, "invalid_request_error", text)


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (
            {"type": "image", "source": {"type": "url", "url": "http://x/y.png"}},
            "invalid image source type: url. Only base64 images are supported.",
        ),
        ({"type": "tool_use", "name": "look"}, "messages[0].content[0]: tool_use block missing required 'id' field"),
        ({"type": "tool_use", "id": "x"}, "messages[0].content[0]: tool_use block missing required 'name' field"),
        ({"type": "text", "text": 5}, "messages[0].content[0]: Expected `str`, got `int` - at `$.text`"),
        (
            {"type": "image", "source": {"type": "base64", "data": "%%"}},
            "messages[0].content[0]: invalid base64 image data: Only base64 data is allowed",
        ),
    ],
)
async def test_blocks_that_cannot_be_served_are_named(wire: Wire, block: dict[str, Any], text: str) -> None:
    answer = await ask(wire, messages=[{"role": "user", "content": [block]}])
    assert refusal(answer) == (400, "invalid_request_error", text)


async def test_an_unknown_model_is_not_found(wire: Wire) -> None:
    for kind in ("enabled", "disabled"):
        answer = await ask(wire, model="Missing", thinking={"type": kind})
        assert refusal(answer) == (404, "not_found_error", "model 'Missing' not found")


@pytest.mark.parametrize("path", [PATH, f"{PATH}/count_tokens"])
async def test_bodies_that_cannot_be_read_are_refused_in_the_same_shape(wire: Wire, path: str) -> None:
    assert refusal(await wire.send("POST", path)) == (400, "invalid_request_error", "EOF")
    status, kind, text = refusal(await wire.send("POST", path, b'{"model":'))
    assert (status, kind) == (400, "invalid_request_error")
    assert text.startswith("invalid JSON: ")
    status, kind, _ = refusal(await wire.send("POST", path, b'{"messages": [{"role": "user"}]}'))
    assert (status, kind) == (400, "invalid_request_error")
    assert (await wire.get(path)).status == 405


async def test_an_engine_that_fails_has_its_status(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    for stream in (True, False):
        status, kind, text = refusal(await ask(wire, messages=user("@crash=0"), stream=stream))
        assert (status, kind) == (500, "api_error")
        assert text.startswith("model runner has unexpectedly stopped")
        assert refusal(await ask(wire, messages=user("@refuse_request"), stream=stream))[0] == 400


async def test_one_object_is_the_whole_reply(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    reply = (await ask(wire, messages=user("«one two»"))).json
    assert re.fullmatch("msg_[0-9a-f]{24}", reply.pop("id"))
    assert reply == {
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "one two"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 2, "output_tokens": 2},
    }


async def test_a_reply_that_is_cut_says_so(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    reply = (await ask(wire, messages=user("«one two»"), max_tokens=1)).json
    assert (reply["content"], reply["stop_reason"]) == ([{"type": "text", "text": "one"}], "max_tokens")


@pytest.mark.usefixtures("_replaying")
async def test_an_empty_completion_has_no_blocks(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    reply = (await ask(wire, messages=user(replay(END)))).json
    assert (reply["content"], reply["stop_reason"]) == ([], "end_turn")


@pytest.mark.usefixtures("_replaying")
async def test_thinking_text_and_tools_are_blocks_in_this_order(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    said = replay(
        delta(reasoning_content="h"),
        delta(reasoning_content="m"),
        delta(content="look:"),
        delta(reasoning_content="too late"),
        delta(tool_calls=[{"index": 0, "id": "x1", "function": {"name": "look", "arguments": '{"b":1,"a":[2]}'}}]),
        END,
    )
    reply = (await ask(wire, messages=user(said), tools=[LOOK])).json
    assert reply["content"] == [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "look:"},
        {"type": "tool_use", "id": "x1", "name": "look", "input": {"b": 1, "a": [2]}},
    ]
    assert list(reply["content"][2]["input"]) == ["b", "a"]
    assert reply["stop_reason"] == "tool_use"


async def test_what_the_engine_is_asked(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    sampling: dict[str, Any] = {"temperature": 0.5, "top_p": 0.25, "top_k": 7, "stop_sequences": ["END"]}
    ignored: dict[str, Any] = {"metadata": {"user_id": "u"}, "service_tier": "auto", "tool_choice": {"type": "auto"}}
    cached = {"cache_control": {"type": "ephemeral"}}
    system = [{"type": "text", "text": "be ", **cached}, {"type": "text", "text": "brief"}]
    await ask(wire, system=system, tools=[{**LOOK, **cached}, SEARCH], **sampling, **ignored)
    await ask(wire, system="be kind", temperature=None, tools=[LOOK], tool_choice={"type": "none"})
    form = {"type": "json_schema", "schema": {"type": "object"}}
    named = {"type": "tool", "name": "go"}
    await ask(wire, tools=[LOOK, {"name": "go"}], tool_choice=named)
    await ask(wire, output_config={"effort": None, "format": form})
    first, second, third, fourth = await asked(runners[0])
    assert first["messages"] == [{"role": "system", "content": "be brief"}, *HI]
    function = {"name": "look", "description": "Look there", "parameters": LOOK["input_schema"]}
    assert first["tools"] == [{"type": "function", "function": function}]
    assert (first["temperature"], first["top_p"], first["top_k"], first["stop"]) == (0.5, 0.25, 7, ["END"])
    assert first["n_predict"] == 99
    assert second["messages"] == [{"role": "system", "content": "be kind"}, *HI]
    assert (second["temperature"], second["top_p"], second["top_k"], second["stop"]) == (0.8, 0.9, 40, [])
    assert "tools" not in second
    bare = {"name": "go", "parameters": {"type": "object", "properties": {}}}
    assert third["tools"] == [{"type": "function", "function": bare}]
    assert fourth["response_format"]["json_schema"]["schema"] == for_engine({"type": "object"})


@pytest.mark.parametrize("choice", [{"type": "any"}, {"type": "tool", "name": "look"}])
async def test_a_demanded_call_is_a_call(wire: Wire, backend: Settings, choice: dict[str, str]) -> None:
    add_model(backend, "m", metadata=TALENTED)
    said = user('«{"name": "look", "arguments": {"at": 1}}»')
    reply = (await ask(wire, messages=said, tools=[LOOK], tool_choice=choice)).json
    (block,) = reply["content"]
    assert (block["type"], block["name"], block["input"]) == ("tool_use", "look", {"at": 1})
    assert block["id"]
    assert reply["stop_reason"] == "tool_use"
    streamed = await ask(wire, messages=said, tools=[LOOK], tool_choice=choice, stream=True)
    assert b"input_json_delta" in streamed.body
    assert b"text_delta" not in streamed.body


@pytest.mark.parametrize(
    ("fields", "switches"),
    [
        ({}, {"enable_thinking": True}),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, {"enable_thinking": True}),
        ({"thinking": {"type": "disabled"}, "output_config": {"effort": "high"}}, {"enable_thinking": False}),
        (
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "xhigh"}},
            {"enable_thinking": True, "reasoning_effort": "high"},
        ),
        ({"output_config": {"effort": "low"}}, {"enable_thinking": True, "reasoning_effort": "low"}),
    ],
)
async def test_thinking_is_asked_of_models_that_can(
    runners: list[RunnerHandle], wire: Wire, backend: Settings, fields: dict[str, Any], switches: dict[str, Any]
) -> None:
    add_model(backend, "m", metadata=TALENTED)
    add_model(backend, "plain")
    for model in ("m", "plain"):
        assert (await ask(wire, model=model, **fields)).status == 200
    thinker, plain = [body for runner in runners for body in await asked(runner)]
    assert thinker["chat_template_kwargs"] == switches
    assert "chat_template_kwargs" not in plain


async def test_a_conversation_about_tools_and_images_reaches_the_engine(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", metadata=TALENTED)
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0="}}
    found = [{"type": "web_search_result", "title": "T", "url": "http://t", "encrypted_content": "…"}]
    failed = {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "se"}, {"type": "text", "text": "e"}, picture]},
        {
            "role": "Assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "tool_use", "id": "c1", "name": "look", "input": {"at": "ö"}},
                {"type": "server_tool_use", "id": "c2", "name": "web_search", "input": {"query": "q"}},
                {"type": "web_search_tool_result", "tool_use_id": "c2", "content": found},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "and?"},
                {"type": "future", "text": 5},
                {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "a cat"}, picture]},
                {"type": "tool_result", "tool_use_id": "c3", "content": "none", "is_error": True},
                {"type": "web_search_tool_result", "tool_use_id": "c2", "content": failed},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1"}]},
        {"role": "user", "content": []},
        *HI,
    ]
    await ask(wire, messages=messages)
    (body,) = await asked(runners[0])
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0="}}
    calls = [
        {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at":"ö"}'}},
        {"id": "c2", "type": "function", "function": {"name": "web_search", "arguments": '{"query":"q"}'}},
    ]
    assert body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "see"}, image]},
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "content": "- T: http://t\n", "name": "web_search", "tool_call_id": "c2"},
        {"role": "tool", "content": [{"type": "text", "text": "a cat"}, image], "name": "look", "tool_call_id": "c1"},
        {"role": "tool", "content": "none", "tool_call_id": "c3"},
        {"role": "tool", "content": "Error: max_uses_exceeded", "name": "web_search", "tool_call_id": "c2"},
        {"role": "user", "content": "and?"},
        {"role": "tool", "content": "", "name": "look", "tool_call_id": "c1"},
        {"role": "user", "content": ""},
        *HI,
    ]
