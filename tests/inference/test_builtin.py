"""Models whose configuration names a renderer or a parser, and gpt-oss: the specification's sections G.4, G.9, G.10."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.backend import add_model
from tests.fakes.observed import asked

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Wire

CHAT = "{{ range .Messages }}<{{ .Role }}>{{ .Content }}\n{{ end }}<assistant>"
OPEN = CHAT + "{{ if .Think }}<think>{{ end }}"
HARMONY = (
    "{{ .ThinkLevel }}{{ range .Tools }}[{{ .Function.Name }}]{{ end }}"
    "{{ range .Messages }}<|start|>{{ .Role }}<|message|>{{ .Content }}"
    "{{ range .ToolCalls }}({{ .Function.Name }}){{ end }}<|end|>{{ end }}<|start|>assistant"
)
GPT_OSS = {"general.architecture": "gpt-oss"}
TOOL = {"type": "function", "function": {"name": "add-up", "parameters": {"type": "object", "properties": {}}}}


def asks(reply: str) -> list[dict[str, Any]]:
    """A chat that makes the fake runner say `reply`."""
    return [{"role": "user", "content": f"«{reply}»"}]


async def chat(wire: Wire, reply: str, **fields: Any) -> Any:
    return (await wire.post("/api/chat", model="m", messages=asks(reply), stream=False, **fields)).json


async def test_a_parser_reads_what_a_go_template_asked_for(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", template=OPEN, parser="qwen3.5")
    call = "<tool_call> <function=add-up> </function> </tool_call>"
    reply = await chat(wire, f"hm </think> Well. {call}", tools=[TOOL])
    (found,) = reply["message"].pop("tool_calls")
    assert reply["message"] == {"role": "assistant", "content": "Well.", "thinking": "hm"}
    assert found["function"] == {"index": 0, "name": "add-up", "arguments": {}}
    (body,) = await asked(runners[0])
    assert body["path"] == "/completion"
    assert {"<think>", "</think>", "<tool_call>", "</tool_call>"} <= set(body["preserved_tokens"])


async def test_generate_reads_it_too(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", template=OPEN, parser="qwen3.5")
    prompt = "«hm </think> Yes. <tool_call> <function=add-up> </function> </tool_call>»"
    reply = (await wire.post("/api/generate", model="m", prompt=prompt, stream=False)).json
    assert (reply["thinking"], reply["response"]) == ("hm", "Yes.")
    assert reply["tool_calls"][0]["function"]["name"] == "add-up"
    constrained = await wire.post("/api/generate", model="m", prompt="«{}»", stream=False, format="json")
    assert (constrained.json["response"], constrained.json.get("thinking")) == ("{}", None)
    assert (await asked(runners[0]))[-1]["prompt"].endswith("<think>\n\n</think>\n\n")


async def test_what_is_held_to_a_format_is_an_answer(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", metadata={"tokenizer.chat_template": "<think></think>"})
    opened = "«{}» <think>"
    reply = await wire.post("/api/generate", model="m", prompt=opened, stream=False, format="json", raw=True)
    assert (reply.json["response"], (await asked(runners[0]))[-1]["prompt"]) == ("{}", opened)
    reply = await wire.post("/api/generate", model="m", prompt="«{}»", stream=False, format="json")
    assert (reply.json["response"], reply.json.get("thinking")) == ("{}", None)


async def test_thinking_that_is_off_is_not_shown(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", template=OPEN, parser="qwen3.5")
    message = (await chat(wire, "<think> hm </think> Yes.", think=False))["message"]
    assert message == {"role": "assistant", "content": "Yes."}


async def test_an_unknown_parser_is_ignored(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", template=CHAT, parser="unheard-of")
    assert (await chat(wire, "<think> hm </think> Yes."))["message"]["content"] == "<think> hm </think> Yes."
    assert [body["path"] for body in await asked(runners[0])] == ["/completion"]


async def test_an_unknown_renderer_is_an_error(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", renderer="unheard-of")
    for path, fields in (("chat", {"messages": asks("a")}), ("generate", {"prompt": "a"})):
        refused = await wire.post(f"/api/{path}", model="m", **fields)
        assert refused.refusal == (500, 'unknown renderer "unheard-of"')


async def test_a_renderer_of_others_is_the_engines(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", renderer="nemotron-3-nano", parser="nemotron-3-nano", template=CHAT)
    await chat(wire, "a")
    assert [body["path"] for body in await asked(runners[0])] == ["/v1/chat/completions"]


async def test_a_renderer_of_others_without_jinja_is_the_go_templates(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    bare = {"tokenizer.chat_template": ""}
    add_model(backend, "m", renderer="nemotron-3-nano", parser="nemotron-3-nano", template=CHAT, metadata=bare)
    assert (await chat(wire, "<think> hm </think> Yes."))["message"]["thinking"] == "hm"
    assert [body["path"] for body in await asked(runners[0])] == ["/completion"]


async def test_harmony_is_split_into_channels(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", template=HARMONY, metadata=GPT_OSS)
    said = (
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>commentary to=functions.add_up "
        '<|constrain|>json<|message|>{"a": 1}'
    )
    reply = await chat(wire, said, tools=[TOOL], think="max")
    assert reply["message"]["thinking"] == "hm"
    assert reply["message"]["tool_calls"][0]["function"] == {"index": 0, "name": "add-up", "arguments": {"a": 1}}
    (body,) = await asked(runners[0])
    assert body["prompt"].startswith("high[add_up]<|start|>user<|message|>")
    assert body["preserved_tokens"] == ["<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|constrain|>"]
    history = [{"role": "assistant", "tool_calls": reply["message"]["tool_calls"]}, *asks("a")]
    await wire.post("/api/chat", model="m", messages=history, tools=[TOOL])
    assert "(add_up)" in (await asked(runners[0]))[-1]["prompt"]


@pytest.mark.parametrize(("think", "level"), [(None, "medium"), (True, "medium"), ("low", "low"), (False, "")])
async def test_harmony_has_levels(
    runners: list[RunnerHandle], wire: Wire, backend: Settings, think: bool | str | None, level: str
) -> None:
    add_model(backend, "m", template=HARMONY, metadata=GPT_OSS)
    await chat(wire, "a", think=think)
    assert (await asked(runners[0]))[0]["prompt"].startswith(f"{level}<|start|>user")


async def test_a_format_is_for_the_final_channel(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", template=HARMONY, metadata=GPT_OSS)
    said = "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>{}"
    reply = await chat(wire, said, format="json")
    assert reply["message"]["thinking"] == "hm"
    first, second = await asked(runners[0])
    final = "<|channel|>final<|message|>"
    thought = "<|channel|>analysis<|message|>hm<|end|><|start|>assistant"
    assert second["prompt"] == first["prompt"] + thought + final
    assert ("json_schema" in first, "json_schema" in second) == (False, True)
    await chat(wire, said, format="json", think=False)
    (third,) = (await asked(runners[0]))[2:]
    assert third["prompt"].endswith("<|start|>assistant" + final)
    assert "json_schema" in third


@pytest.mark.parametrize("end", ["<|call|>", ""])  # the engine does not print a mark that ends the generation
async def test_a_call_before_the_answer_needs_no_format(
    runners: list[RunnerHandle], wire: Wire, backend: Settings, end: str
) -> None:
    add_model(backend, "m", template=HARMONY, metadata=GPT_OSS)
    said = "<|channel|>commentary to=functions.add_up<|message|>{}" + end
    reply = await chat(wire, said, format="json", tools=[TOOL])
    assert reply["message"]["tool_calls"][0]["function"]["name"] == "add-up"
    assert len(await asked(runners[0])) == 1


async def test_a_bad_call_is_an_error_at_the_end(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", template=HARMONY, metadata=GPT_OSS)
    said = '<|channel|>analysis<|message|>hm<|end|> <|channel|>commentary to=functions.add_up<|message|>{"a'
    lines = (await wire.post("/api/chat", model="m", messages=asks(said), tools=[TOOL])).lines
    assert lines[-1]["error"].startswith("error parsing tool call: raw='{\"a', err=")
