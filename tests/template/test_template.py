"""How a template is run: the modes of the specification's section G.2 and what G.7 and G.8 read off it."""

from __future__ import annotations

import datetime

import pytest

from backend.template.conversation import Thinking, collated
from backend.template.template import read
from backend.wire.ollama import Message

TODAY = datetime.date(2026, 1, 2)
CHATML_SLOTS = """{{ if .System }}<|im_start|>system
{{ .System }}<|im_end|>
{{ end }}{{ if .Prompt }}<|im_start|>user
{{ .Prompt }}<|im_end|>
{{ end }}<|im_start|>assistant
{{ .Response }}<|im_end|>
"""
QWEN = (
    "{{ range .Messages }}{{ if .Content }}{{ .Content }}{{ else if .ToolCalls }}<tool_call>\n"
    '{{ range .ToolCalls }}{"name": "{{ .Function.Name }}"}{{ end }}</tool_call>{{ end }}{{ end }}'
)


def said(*pairs: str) -> list[Message]:
    return [Message(role=role, content=content) for role, _, content in (pair.partition(":") for pair in pairs)]


def rendered(source: str, *pairs: str) -> str:
    return read(source).render(said(*pairs), [], Thinking(), TODAY)


def test_neighbours_of_one_role_are_joined_but_results_of_tools_are_not() -> None:
    messages = collated(said("user:a", "user:b", "tool:c", "tool:d", "system:e", "system:f", "user:g"))
    assert [f"{message.role}:{message.content}" for message in messages] == [
        *("user:a\n\nb", "tool:c", "tool:d", "system:e\n\nf", "user:g")
    ]


def test_a_template_with_messages_runs_once() -> None:
    source = "{{ .System }}|{{ range .Messages }}{{ .Role }}={{ .Content }};{{ end }}"
    assert rendered(source, "system:s", "user:u", "system:t") == "s\n\nt|system=s;user=u;system=t;"


def test_slots_run_once_per_exchange_and_end_at_the_reply() -> None:
    assert rendered(CHATML_SLOTS, "system:s", "user:u1", "assistant:a1", "user:u2") == (
        "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nu1<|im_end|>\n<|im_start|>assistant\na1<|im_end|>\n"
        "<|im_start|>user\nu2<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_reply_that_was_begun_is_gone_on_with() -> None:
    assert rendered(CHATML_SLOTS, "user:u", "assistant:so far") == (
        "<|im_start|>user\nu<|im_end|>\n<|im_start|>assistant\nso far"
    )


def test_a_template_without_a_place_for_the_reply_gets_one_at_the_end() -> None:
    assert rendered("[{{ .Prompt }}]", "user:a", "assistant:b", "user:c") == "[a]b[c]"
    assert rendered("{{ .Prompt }}", "user:a") == "a"


def test_what_follows_the_reply_inside_blocks_is_cut_too() -> None:
    source = "{{ if .Prompt }}<{{ .Prompt }}>{{ if true }}a{{ .Response }}b{{ end }}c{{ end }}d{{ range .X }}{{ end }}"
    assert rendered(source, "user:u") == "<u>a"


def test_a_gap_sees_nothing_but_what_is_around_it() -> None:
    template = read("{{ if .Suffix }}<pre>{{ .Prompt }}<suf>{{ .Suffix }}<mid>{{ else }}{{ .System }}{{ end }}")
    assert template.render_suffix("a", "b", TODAY) == "<pre>a<suf>b<mid>"
    assert "insert" in template.capabilities


def test_dates_are_those_of_the_day() -> None:
    assert rendered("{{ currentDate }} {{ yesterdayDate }}{{ .Response }}") == "2026-01-02 2026-01-01"


@pytest.mark.parametrize(
    ("source", "tags"),
    [
        ("{{ range .Messages }}{{ if .Thinking }}<think>\n{{ .Thinking }}\n</think>{{ end }}{{ end }}", True),
        ("{{- range $i, $m := $.Messages }}{{ with 1 }}<think>{{ $m.Thinking }}</think>{{ end }}{{ end }}", True),
        ("{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ range .Messages }}{{ end }}", False),
        ("{{ range .Messages }}{{ if .Thinking }}<think>{{ .Thinking }}{{ end }}{{ end }}", False),
        ("{{ range .Messages }}{{ .Content }}{{ end }}", False),
    ],
)
def test_thinking_tags_stand_around_the_thinking(source: str, tags: bool) -> None:
    template = read(source)
    assert template.thinking_tags == (("<think>", "</think>") if tags else None)
    assert ("thinking" in template.capabilities) is tags


@pytest.mark.parametrize(
    ("source", "tag"),
    [
        (QWEN, "<tool_call>"),
        ('{{ range .Messages }}{{ if .ToolCalls }} {"name": 1}{{ end }}{{ end }}', "{"),
        ("{{ if .ToolCalls }}[TOOL_CALLS] [{{ range .ToolCalls }}{{ end }}]{{ end }}", "[TOOL_CALLS] ["),
        ("{{ .Prompt }}", "{"),
    ],
)
def test_a_tool_call_begins_with_the_first_text_of_its_block(source: str, tag: str) -> None:
    assert read(source).tool_tag == tag


def test_thinking_is_on_where_a_model_can_and_nobody_forbids_it() -> None:
    source = "{{ .Think }} {{ .ThinkLevel }} {{ .IsThinkSet }}{{ range .Messages }}{{ end }}"
    cases = [(None, True), (None, False), (True, True), (False, True), ("low", True)]
    shown = [read(source).render([], [], Thinking.of(think, able=able), TODAY) for think, able in cases]
    assert shown == ["true medium true", "false  false", "true medium true", "false  true", "true low true"]
