"""Prompts of Go templates, seen from the engine: the specification's sections A.2, G.5, G.6 and I.5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backend.wire.ollama import Message
from tests.fakes.backend import add_model
from tests.fakes.observed import asked

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Wire

pytestmark = pytest.mark.section("A.2", "A.3")

CHAT = "{{ range .Messages }}<{{ .Role }}>{{ .Content }}\n{{ end }}<assistant>"
THINKING = (
    "{{ range .Messages }}<{{ .Role }}>{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ .Content }}\n"
    "{{ end }}<assistant>{{ if .Think }}[on]{{ end }}"
)
TOOLS = (
    "{{ .Tools }}{{ range .Messages }}{{ if .ToolCalls }}<call>{{ range .ToolCalls }}"
    '{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}{{ end }}'
    '{{ else if eq .Role "tool" }}<result>{{ .Content }}{{ else }}<{{ .Role }}>{{ .Content }}{{ end }}\n{{ end }}'
)
GAP = "{{ if .Suffix }}<pre>{{ .Prompt }}<suf>{{ .Suffix }}<mid>{{ else }}{{ .Prompt }}{{ end }}"
TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}


def said(role: str, *words: str) -> dict[str, Any]:
    return {"role": role, "content": " ".join(words)}


async def chat(wire: Wire, *messages: dict[str, Any], **fields: Any) -> Any:
    """The single reply to a chat."""
    return (await wire.post("/api/chat", model="m", messages=messages, stream=False, **fields)).json


async def prompts(runners: list[RunnerHandle]) -> list[str]:
    """What the engine was asked to complete."""
    bodies = await asked(runners[-1])
    assert {body["path"] for body in bodies} <= {"/completion"}
    return [body["prompt"] for body in bodies]


async def test_a_go_template_makes_the_prompt_of_a_chat(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", template=CHAT, system="brief", messages=[Message(role="user", content="u0")])
    reply = await chat(wire, said("assistant", "a0"), said("user", "u1"))
    assert await prompts(runners) == ["<system>brief\n<user>u0\n<assistant>a0\n<user>u1\n<assistant>"]
    assert (reply["message"]["content"], reply["done_reason"]) == ("t0 t1 t2 t3 t4 ", "stop")
    assert reply["eval_count"] == 5


async def test_a_go_template_makes_the_prompt_of_generate(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", template=CHAT, system="brief")
    reply = (await wire.post("/api/generate", model="m", prompt="hi", system="other", stream=False)).json
    await wire.post("/api/generate", model="m", prompt="more", context=reply["context"])
    first, second = await prompts(runners)
    assert first == "<system>other\n<user>hi\n<assistant>"
    assert second == f"{first}{reply['response']}<system>brief\n<user>more\n<assistant>"


async def test_a_template_of_the_request_replaces_the_models(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m")
    await wire.post("/api/generate", model="m", prompt="hi", system="s", template="[{{ .System }}|{{ .Prompt }}]")
    assert await prompts(runners) == ["[s|hi]"]
    bad = await wire.post("/api/generate", model="m", prompt="hi", template="{{ .Prompt }")
    assert bad.refusal == (500, "template: :1: unrecognized character in action: U+007D")
    endless = "{{ range 99999 }}{{ range 99999 }}{{ end }}{{ end }}"
    assert (await wire.post("/api/generate", model="m", prompt="hi", template=endless)).status == 500


async def test_a_suffix_goes_through_a_template_that_has_a_place_for_it(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", template=GAP, system="not seen")
    await wire.post("/api/generate", model="m", prompt="a", suffix="b")
    assert await prompts(runners) == ["<pre>a<suf>b<mid>"]
    add_model(backend, "n", template=CHAT)
    refused = await wire.post("/api/generate", model="n", prompt="a", suffix="b")
    assert refused.refusal == (400, "registry.ollama.ai/library/n:latest does not support insert")


async def test_the_oldest_messages_are_dropped(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", template=CHAT)
    messages = [said("system", "s"), *(said("user" if n % 2 else "assistant", *"abcd", f"{n}") for n in range(6))]
    await chat(wire, *messages, options={"num_ctx": 13})
    assert await prompts(runners) == ["<system>s\n<assistant>a b c d 4\n<user>a b c d 5\n<assistant>"]


async def test_a_look_shows_the_prompt_and_runs_nothing(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", template=CHAT)
    reply = await chat(wire, said("user", "u"), _debug_render_only=True)
    assert reply["_debug_info"] == {"rendered_template": "<user>u\n<assistant>"}
    assert await prompts(runners) == []


@pytest.mark.section("M.18")
async def test_thinking_is_split_off_by_the_templates_own_tags(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", template=THINKING.replace("think>", "idea>"))
    message = (await chat(wire, said("user", "«<idea>hm, well</idea>yes»")))["message"]
    assert (message["thinking"], message["content"]) == ("hm, well", "yes")
    message = (await chat(wire, said("user", "«<idea>hm</idea>yes»"), think=False))["message"]
    assert (message.get("thinking"), message["content"]) == (None, "<idea>hm</idea>yes")


async def test_a_format_waits_until_the_thinking_is_over(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", template=THINKING)
    message = (await chat(wire, said("user", "«<think>hm</think> yes, sir»"), format="json"))["message"]
    first, second = await asked(runners[-1])
    assert ("json_schema" in first, "json_schema" in second) == (False, True)
    assert second["prompt"] == first["prompt"] + "<think>hm</think>\n\n"
    assert message["thinking"] == "hm"


async def test_a_tool_call_is_told_apart_and_its_result_shown(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", template=TOOLS)
    asks = said("user", '«Well. <call>{"name": "add", "arguments": {"b": 1, "a": 2}}»')
    reply = await chat(wire, asks, tools=[TOOL])
    (call,) = reply["message"]["tool_calls"]
    assert call["function"] == {"index": 0, "name": "add", "arguments": {"b": 1, "a": 2}}
    assert (reply["message"]["content"], reply["done_reason"]) == ("Well. ", "stop")
    answered = {"role": "tool", "content": "3", "tool_name": "add"}
    await chat(wire, said("user", "u"), {"role": "assistant", "tool_calls": [call]}, answered)
    assert (await prompts(runners))[-1] == ('[]<user>u\n<call>{"name": "add", "arguments": {"a":2,"b":1}}\n<result>3\n')


async def test_tools_of_any_shape_do_no_harm(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", template=TOOLS)
    odd = [{}, {"function": 1}, {"function": {"name": None, "parameters": [1]}}, {"type": ["a"], "items": {"b": 1}}]
    odd += [{"function": {"parameters": {"properties": {"x": 1, "y": {"anyOf": [1, {"type": "string"}]}}}}}]
    assert (await chat(wire, said("user", "u"), tools=odd))["done_reason"] == "stop"
    deep: Any = {}
    for _ in range(40):
        deep = {"properties": {"x": deep}}
    tools = [{"function": {"name": "f", "parameters": deep}}]
    refused = await wire.post("/api/chat", model="m", messages=[said("user", "u")], tools=tools)
    assert (refused.status, "nested" in refused.json["error"]) == (400, True)


async def test_old_thinking_of_two_families_is_forgotten(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    """Section A.3."""
    add_model(backend, "m", template=CHAT, metadata={"general.architecture": "qwen3"})
    await chat(wire, said("user", "u"), said("assistant", "<think>x</think>\n\ny"), said("user", "v"))
    assert await prompts(runners) == ["<user>u\n<assistant>y\n<user>v\n<assistant>"]


async def test_old_thinking_without_an_end_is_read_once(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", template=CHAT, metadata={"general.architecture": "qwen3"})
    open_ended = "<think>" * 50_000  # read again from every tag it took a minute
    asks = (said("user", "u"), said("assistant", open_ended), said("user", "v"))
    assert open_ended in (await chat(wire, *asks, _debug_render_only=True))["_debug_info"]["rendered_template"]


@pytest.mark.parametrize("settings", [{"OLLAMA_GO_TEMPLATE": "0"}], indirect=True)
async def test_a_suffix_goes_through_the_go_template_in_any_case(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    """Section A.2: how the prompt is built, 1."""
    add_model(backend, "m", template=GAP)
    await wire.post("/api/generate", model="m", prompt="a", suffix="b")
    assert await prompts(runners) == ["<pre>a<suf>b<mid>"]


@pytest.mark.parametrize("settings", [{"OLLAMA_GO_TEMPLATE": "0"}], indirect=True)
async def test_the_setting_forbids_go_templates(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", template=CHAT)
    await chat(wire, said("user", "u"))
    assert [body["path"] for body in await asked(runners[-1])] == ["/v1/chat/completions"]
