"""Every family's replies, however the stream is cut: the specification's sections G.9 and G.10."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import BackendError
from backend.inference.parsers.families import FAMILIES
from backend.inference.tools import LONGEST_CALL
from backend.template.builtin import PARSERS
from tests.inference.parsers.replies import JSON_CALL, REPLIES, TOOLS, Reply

CASES = [(name, reply) for name, replies in REPLIES.items() for reply in replies]


def split(name: str, pieces: list[str], prompt: str = "") -> tuple[str, str, list[tuple[str, Any]]]:
    splitter = FAMILIES[name].splitter(prompt, TOOLS)
    parts = [splitter.feed(piece) for piece in pieces] + [splitter.finish()]
    assert [call.function.index for call in splitter.calls] == list(range(len(splitter.calls)))
    calls = [(call.function.name, call.function.arguments) for call in splitter.calls]
    return "".join(part[0] for part in parts), "".join(part[1] for part in parts), calls


def test_the_families_are_those_of_the_specification() -> None:
    assert FAMILIES.keys() == PARSERS.keys() == REPLIES.keys()


@pytest.mark.parametrize(("name", "reply"), CASES)
def test_a_reply_is_taken_apart_however_it_is_cut(name: str, reply: Reply) -> None:
    expected = (reply.thinking, reply.content, reply.calls)
    assert split(name, [reply.text], reply.prompt) == expected
    assert split(name, list(reply.text), reply.prompt) == expected


_TOKENS = [
    *(
        "<think>",
        "</think>",
        "<tool_call>",
        "</tool_call>",
        "<function=now>",
        "</function>",
        "<arg_key>",
        "{",
        "}",
        '"',
    ),
    *("[TOOL_CALLS]", "now", "[ARGS]", "[THINK]", "[/THINK]", "<|channel>", "thought", "<channel|>", "<|tool_call>"),
    *("call:now{}", "<tool_call|>", "<|tool_response>", " ", "\n", "<", "x", "<|start|>", "<|message|>", "<|end|>"),
    *("<|channel|>analysis", "<｜tool▁calls▁begin｜>", "<｜tool▁output▁begin｜>", "<|eom|>", " to=self", JSON_CALL),
]


@settings(deadline=None)  # of one example; the machine may be busy
@given(st.sampled_from(sorted(FAMILIES)), st.lists(st.sampled_from(_TOKENS), max_size=12), st.data())
def test_cutting_changes_nothing(name: str, tokens: list[str], data: st.DataObject) -> None:
    text = "".join(tokens)
    prompt = data.draw(st.sampled_from(["", "<think>", "<|channel>", "[THINK]"]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert split(name, pieces, prompt) == split(name, [text], prompt) == split(name, list(text), prompt)


@settings(deadline=None)  # of one example; the machine may be busy
@given(st.sampled_from(sorted(FAMILIES.keys() - {"harmony", "glimmer"})), st.text())
def test_no_text_makes_it_fail_and_none_is_lost_without_tags(name: str, text: str) -> None:
    thinking, content, calls = split(name, [text])
    if not {"<", "[", "\uff5c"} & set(text):
        assert (thinking, content, calls) == ("", text, [])


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_text_is_passed_on_at_once(name: str) -> None:
    prompt = "<|start|>assistant<|channel|>final<|message|>" if name in {"harmony", "glimmer"} else ""
    splitter = FAMILIES[name].splitter(prompt, TOOLS)
    if name == "glimmer":
        splitter.feed(" to=user<|message|>")
    assert [splitter.feed(piece) for piece in ("One", " two", ".")] == [("", "One"), ("", " two"), ("", ".")]


@pytest.mark.parametrize(
    ("name", "opening"), [("qwen3", "<tool_call>"), ("harmony", "<|channel|>commentary to=functions.now<|message|>")]
)
def test_a_call_without_end_is_text(name: str, opening: str) -> None:
    splitter = FAMILIES[name].splitter("", TOOLS)
    shown = [splitter.feed(opening), *(splitter.feed("x" * 1000) for _ in range(LONGEST_CALL // 1000 + 2))]
    content = "".join(part[1] for part in [*shown, splitter.finish()])
    assert content.count("x") == (LONGEST_CALL // 1000 + 2) * 1000
    assert splitter.calls == []


def test_a_bad_call_of_harmony_is_an_error() -> None:
    splitter = FAMILIES["harmony"].splitter("", TOOLS)
    splitter.feed('<|channel|>commentary to=functions.now<|message|>{"a": ')
    with pytest.raises(BackendError, match=r"""^error parsing tool call: raw='{"a": ', err="""):
        splitter.finish()


def test_harmony_knows_tools_by_names_of_its_own() -> None:
    family = FAMILIES["harmony"]
    names = ["a b", "a-b", "a.b", "7up", "browser.search", "python", "!"]
    tools: list[dict[str, Any]] = [{"type": "function", "function": {"name": name}} for name in names]
    _, shown = family.prompted([], tools)
    harmonys = [tool["function"]["name"] for tool in shown]
    assert harmonys == ["a_b", "a_b_2", "a_b_3", "_7up", "browser.search", "python", "unnamed"]
    for name, called in zip(names, harmonys, strict=True):
        splitter = family.splitter("", tools)
        splitter.feed(f"<|channel|>commentary to=functions.{called}<|message|>{{}}<|call|>")
        assert [call.function.name for call in splitter.calls] == [name]


def test_ids_are_the_models_own_or_ours() -> None:
    splitter = FAMILIES["cohere"].splitter("", TOOLS)
    splitter.feed('<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "now"}, {"tool_name": "now"}]<|END_ACTION|>')
    first, second = (call.id for call in splitter.calls)
    assert (first, second.startswith("call_"), len(second)) == ("0", True, 13)


@pytest.mark.parametrize(
    ("name", "prompt", "said", "whole"),
    [
        ("qwen3.5", "a<think>\n", "hm\n</think>\n\nYes", "a<think>\nhm\n</think>\n\n"),
        ("qwen3.5", "a<think>\n", "", "a<think>\n\n</think>\n\n"),
        ("qwen3-thinking", "a", "<think>hm</think>Yes", "a<think>hm</think>\n\n"),
        ("qwen3-thinking", "a", "Yes", "a"),
        ("qwen3", "a", "", "a"),
        (
            "harmony",
            "<|start|>assistant",
            "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Yes",
            "<|start|>assistant<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>",
        ),
        ("harmony", "<|start|>assistant", "", "<|start|>assistant<|channel|>final<|message|>"),
        (
            "glimmer",
            "a",
            " to=self<|message|>hm<|eom|><|start|>assistant",
            "a to=self<|message|>hm<|eom|><|start|>assistant to=user<|message|>",
        ),
    ],
)
def test_after_the_thinking_only_the_answer_is_left(name: str, prompt: str, said: str, whole: str) -> None:
    assert FAMILIES[name].answering(prompt, said) == whole


@pytest.mark.parametrize(
    ("name", "prompt", "whole"),
    [
        ("qwen3.5", "a<think>\n", "a<think>\nhm\n</think>\n\n"),
        ("qwen3.5", "a<think>", "a<think>\nhm\n</think>\n\n"),
        ("qwen3-thinking", "a", "a<think>\nhm\n</think>\n\n"),
        ("harmony", "a", "a<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>"),
        ("glimmer", "a", "a to=self<|message|>hm<|eom|><|start|>assistant to=user<|message|>"),
    ],
)
def test_a_thought_is_said_again(name: str, prompt: str, whole: str) -> None:
    family = FAMILIES[name]
    assert family.answering(prompt, family.thought(prompt, "hm")) == whole
    assert family.thought(prompt, "") == ""


@pytest.mark.parametrize("name", ["harmony", "glimmer"])
@pytest.mark.parametrize("starts", [1, 2])
def test_a_header_without_an_end_is_text(name: str, starts: int) -> None:
    assert split(name, ["<|start|>"] * starts + ["x" * 5000]) == ("", "x" * 5000, [])


def test_fences_without_an_end_are_read_once() -> None:
    opening = "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>now"
    text = opening + "\n```json\n" * (LONGEST_CALL // 10) + "x<｜tool▁calls▁end｜>"
    started = time.process_time()
    assert split("cogito", [text]) == ("", text, [])
    assert time.process_time() - started < 5.0  # read again for every fence it took a minute
