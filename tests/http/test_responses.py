"""`POST /v1/responses`: the specification's section B.6, whole replies and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.fakes.backend import TALENTED, add_model
from tests.fakes.engine_events import END, delta
from tests.fakes.observed import asked, replay

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("B.6")

PATH = "/v1/responses"
PARAMETERS = {"type": "object", "properties": {"at": {"type": "string"}}}
LOOK = {"type": "function", "name": "look", "description": "Look there", "parameters": PARAMETERS, "strict": True}
SPACE = {"type": "namespace", "name": "eyes", "description": "Eyes", "tools": [LOOK, {"type": "custom", "name": "x"}]}
SEARCH = {"type": "web_search"}
NATIVE_LOOK = {"name": "look", "description": "Look there", "parameters": PARAMETERS}
KEYS = [
    *("id", "object", "created_at", "completed_at", "status", "incomplete_details", "model", "previous_response_id"),
    *("instructions", "output", "error", "tools", "tool_choice", "truncation", "parallel_tool_calls", "text", "top_p"),
    *("presence_penalty", "frequency_penalty", "top_logprobs", "temperature", "reasoning", "usage"),
    *("max_output_tokens", "max_tool_calls", "store", "background", "service_tier", "metadata", "safety_identifier"),
    "prompt_cache_key",
]


async def ask(wire: Wire, **fields: Any) -> Answer:
    return await wire.post(PATH, **{"model": "m", "input": "hi", **fields})


def body(answer: Answer) -> Any:
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"] == "application/json"
    return orjson.loads(answer.body)


def refusal(answer: Answer) -> tuple[int, str, str]:
    """Status, type and text of an error in OpenAI's envelope."""
    assert answer.headers["Content-Type"] == "application/json"
    error = orjson.loads(answer.body)["error"]
    assert list(error) == ["message", "type", "param", "code"]
    return answer.status, error["type"], error["message"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"model": "", "input": ""}, "model is required"),
        ({"input": ""}, "input is required"),
        ({"input": []}, "input is required"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, 'input[0]: unknown input item type: "item_reference"'),
        ({"input": [{"type": "web_search_call"}, {}]}, "input[1]: input item missing required 'type' field"),
        ({"input": [{"role": "user", "content": [{"type": "input_file"}]}]}, "file inputs are not currently supported"),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "http://x/y.png"}]}]},
            "image URLs are not currently supported, please use base64 encoded data instead",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_video"}]}]},
            'input[0]: invalid content part of type "input_video"',
        ),
        (
            {"input": [{"type": "function_call", "call_id": "c", "name": "look", "arguments": "[]"}]},
            "input[0]: invalid tool call arguments",
        ),
        (
            {"reasoning": {"effort": "huge"}},
            'invalid reasoning value: "huge" '
            '(must be "minimal", "low", "medium", "high", "xhigh", "ultra", "max", or "none")',
        ),
        ({"reasoning": {"effort": "high"}}, '"m" does not support thinking'),
        ({"text": {"format": {"type": "json_schema"}}}, "text.format of the type json_schema needs a schema"),
        ({"tools": [LOOK]}, "registry.ollama.ai/library/m:latest does not support tools"),
        (
            {"tools": [SEARCH]},
            'this server runs no tools of its own, such as "web_search": leave them out, or offer functions',
        ),
        (
            {"tools": [LOOK], "tool_choice": {"type": "function", "name": "go"}},
            "tool_choice names 'go', which is not among the tools",
        ),
    ],
)
async def test_refusals(wire: Wire, backend: Settings, fields: dict[str, Any], text: str) -> None:
    add_model(backend, "m")
    for stream in (True, False):
        assert refusal(await ask(wire, stream=stream, **fields)) == (400, "invalid_request_error", text)


async def test_other_refusals_keep_their_status(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    assert refusal(await ask(wire, model="Missing")) == (404, "not_found_error", "model 'Missing' not found")
    assert refusal(await wire.send("POST", PATH)) == (400, "invalid_request_error", "EOF")
    for stream in (True, False):
        status, kind, text = refusal(await ask(wire, input="@crash=0", stream=stream))
        assert (status, kind) == (500, "api_error")
        assert text.startswith("model runner has unexpectedly stopped")


async def test_one_object_is_the_whole_reply(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    reply = body(await ask(wire, input="«one two»"))
    assert list(reply) == KEYS
    assert reply["completed_at"] >= reply["created_at"] > 1_700_000_000
    for key in ("completed_at", "created_at"):
        del reply[key]
    assert reply.pop("id").startswith("resp_")
    (message,) = reply.pop("output")
    assert message.pop("id").startswith("msg_")
    text = {"type": "output_text", "text": "one two", "annotations": [], "logprobs": []}
    assert message == {"type": "message", "status": "completed", "role": "assistant", "content": [text]}
    usage: dict[str, Any] = {"input_tokens": 2, "output_tokens": 2, "total_tokens": 4}
    usage |= {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    assert reply == {
        "object": "response",
        "status": "completed",
        "incomplete_details": None,
        "model": "m",
        "previous_response_id": None,
        "instructions": None,
        "error": None,
        "tools": [],
        "tool_choice": "auto",
        "truncation": "disabled",
        "parallel_tool_calls": True,
        "text": {"format": {"type": "text"}},
        "top_p": 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "top_logprobs": 0,
        "temperature": 1.0,
        "reasoning": {"effort": None, "summary": None},
        "usage": usage,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "store": False,
        "background": False,
        "service_tier": "default",
        "metadata": {},
        "safety_identifier": None,
        "prompt_cache_key": None,
    }


async def test_what_was_asked_is_handed_back(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    given = {
        "instructions": "be brief",
        "tools": [LOOK, SPACE, SEARCH],
        "tool_choice": "auto",
        "truncation": "auto",
        "text": {"format": {"type": "json_schema", "name": "s", "schema": {"type": "object"}}, "verbosity": "low"},
        "top_p": 0.5,
        "temperature": 0.25,
        "max_output_tokens": 7,
    }
    ignored = {"previous_response_id": "resp_1", "store": True, "include": ["x"], "metadata": {"a": "b"}}
    reply = body(await ask(wire, **given, **ignored, reasoning={"effort": "low"}))
    assert {key: reply[key] for key in given} == given
    assert reply["reasoning"] == {"effort": "low", "summary": None}
    assert (reply["previous_response_id"], reply["store"], reply["metadata"]) == (None, False, {})


async def test_a_reply_that_is_cut_says_so(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    reply = body(await ask(wire, input="«one two»", max_output_tokens=1))
    assert (reply["status"], reply["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert reply["output"][0]["status"] == "incomplete"


@pytest.mark.usefixtures("_replaying")
async def test_an_empty_completion_is_an_empty_message(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    (message,) = body(await ask(wire, input=replay(END)))["output"]
    assert message["content"] == [{"type": "output_text", "text": "", "annotations": [], "logprobs": []}]


@pytest.mark.usefixtures("_replaying")
async def test_reasoning_text_and_calls_are_items_in_this_order(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    said = replay(
        delta(reasoning_content="h"),
        delta(reasoning_content="m"),
        delta(content="look:"),
        delta(reasoning_content="too late"),
        delta(tool_calls=[{"index": 0, "id": "x1", "function": {"name": "look", "arguments": '{"b": 1,"a":"ö"}'}}]),
        delta(tool_calls=[{"index": 1, "id": "x2", "function": {"name": "eyes.look", "arguments": ""}}]),
        END,
    )
    reasoning, message, first, second = body(await ask(wire, input=said, tools=[LOOK, SPACE]))["output"]
    prefixes = [item.pop("id").rstrip("0123456789") for item in (reasoning, message, first, second)]
    assert prefixes == ["rs_", "msg_", "fc_", "fc_"]
    summary = [{"type": "summary_text", "text": "hm"}]
    assert reasoning == {"type": "reasoning", "summary": summary, "encrypted_content": "hm"}
    assert message["content"][0]["text"] == "look:"
    call = {"type": "function_call", "status": "completed", "name": "look"}
    assert first == {**call, "call_id": "x1", "arguments": '{"b":1,"a":"ö"}'}
    assert second == {**call, "call_id": "x2", "namespace": "eyes", "arguments": "{}"}


async def test_what_the_engine_is_asked(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED, parameters={"temperature": 0.1, "top_p": 0.2})
    schema = {"type": "object", "properties": {}}
    form = {"type": "json_schema", "name": "s", "schema": schema}
    await ask(wire, tools=[LOOK, SPACE, SEARCH], reasoning={"effort": "xhigh"}, text={"format": form})
    await ask(wire, tools=[LOOK], tool_choice="none", temperature=0.5, top_p=0.25, max_output_tokens=7)
    named = {"type": "function", "name": "look"}
    await ask(wire, tools=[LOOK, {"type": "function", "name": "go"}], tool_choice=named, reasoning={"effort": "none"})
    first, second, third = await asked(runners[0])
    names = [tool["function"] for tool in first["tools"]]
    assert names == [NATIVE_LOOK, {**NATIVE_LOOK, "name": "eyes.look"}]
    assert first["chat_template_kwargs"] == {"enable_thinking": True, "reasoning_effort": "max"}
    assert first["response_format"]["type"] == "json_schema"
    assert (first["temperature"], first["top_p"]) == (1.0, 0.2)
    assert (second["temperature"], second["top_p"], second["n_predict"]) == (0.5, 0.25, 7)
    assert "tools" not in second
    assert third["tools"] == [{"type": "function", "function": NATIVE_LOOK}]
    assert third["chat_template_kwargs"] == {"enable_thinking": False}


@pytest.mark.parametrize("choice", ["required", {"type": "function", "name": "look"}])
async def test_a_demanded_call_is_a_call(wire: Wire, backend: Settings, choice: object) -> None:
    add_model(backend, "m", metadata=TALENTED)
    said = '«{"name": "look", "arguments": {"at": 1}}»'
    (call,) = body(await ask(wire, input=said, tools=[LOOK], tool_choice=choice))["output"]
    assert (call["type"], call["name"], call["arguments"]) == ("function_call", "look", '{"at":1}')
    assert call["call_id"]
    streamed = await ask(wire, input=said, tools=[LOOK], tool_choice=choice, stream=True)
    assert b"function_call_arguments.done" in streamed.body
    assert b"output_text.delta" not in streamed.body


async def test_a_conversation_of_items_reaches_the_engine(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", metadata=TALENTED)
    picture = {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,iVBORw0="}
    call = {"type": "function_call", "status": "completed", "call_id": "c1", "name": "look", "arguments": '{"at":"ö"}'}
    items = [
        {"role": "developer", "content": "be polite"},
        {
            "role": "user",
            "content": [{"type": "input_text", "text": "se"}, {"type": "input_text", "text": "e"}, picture],
        },
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "hm"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "look:"}]},
        call,
        {**call, "call_id": "c2", "namespace": "eyes", "arguments": ""},
        {"type": "web_search_call", "id": "w", "status": "completed"},
        {"type": "function_call_output", "call_id": "c1", "output": "a cat"},
        {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "a dog"}]},
        {**call, "call_id": "c3"},
        {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
        {"role": "system", "content": "end"},
        {"role": "user", "content": "hi"},
    ]
    await ask(wire, input=items, instructions="be brief")
    (sent,) = await asked(runners[0])

    def called(identity: str, name: str = "look", arguments: str = '{"at":"ö"}') -> dict[str, Any]:
        return {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}

    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0="}}
    calls = [called("c1"), called("c2", "eyes.look", "{}")]
    assert sent["messages"] == [
        {"role": "system", "content": "be brief\n\nbe polite"},
        {"role": "user", "content": [{"type": "text", "text": "see"}, image]},
        {"role": "assistant", "content": "look:", "tool_calls": calls},
        {"role": "tool", "content": "a cat", "name": "look", "tool_call_id": "c1"},
        {"role": "tool", "content": "a dog", "name": "eyes.look", "tool_call_id": "c2"},
        {"role": "assistant", "content": "", "tool_calls": [called("c3")]},
        {"role": "assistant", "content": "no"},
        {"role": "system", "content": "end"},
        {"role": "user", "content": "hi"},
    ]
