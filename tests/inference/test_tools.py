"""Tool calls in a stream of text: the specification's section G.8."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.inference.tools import LONGEST_CALL, ToolParser

NAMES = ["get", "get_weather", "add"]


def split(pieces: list[str], tag: str) -> tuple[str, list[tuple[str, Any]]]:
    parser = ToolParser(tag, NAMES)
    content = "".join([parser.feed(piece) for piece in pieces] + [parser.finish()])
    assert [call.function.index for call in parser.calls] == list(range(len(parser.calls)))
    return content, [(call.function.name, call.function.arguments) for call in parser.calls]


@pytest.mark.parametrize(
    ("tag", "text", "content", "calls"),
    [
        (
            "<tool_call>",
            'Sure. <tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>',
            "Sure. ",
            [("get_weather", {"city": "Paris"})],
        ),
        ("{", '\n{"name": "add", "parameters": {"a": 1}}', "", [("add", {"a": 1})]),
        ("{", '{"name": "add", "arguments": "{\\"a\\": 1}"}', "", [("add", {"a": 1})]),
        ("{", '{"add": {"a": "} \\" {"}}', "", [("add", {"a": '} " {'})]),
        ("<t>", '<t>get {"a": 1}<t>add {"b": 2}', "", [("get", {"a": 1}), ("add", {"b": 2})]),
        ("[", '[{"name": "get", "arguments": {}}, {"name": "add", "arguments": {}}]', "", [("get", {}), ("add", {})]),
        ("{", 'Look: {"name": "add"}', 'Look: {"name": "add"}', []),
        ("{", '{"answer": 42} indeed', '{"answer": 42} indeed', []),
        ("{", '{"name": "add", "arguments": {', '{"name": "add", "arguments": {', []),
        ("<tool_call>", "a < b <tool", "a < b <tool", []),
        ("<t>", "one <t> two", "one <t> two", []),
        ("{", '{"function": {"name": "add", "arguments": {"a": 2}}}', "", [("add", {"a": 2})]),
    ],
)
def test_however_the_text_is_cut_the_calls_are_the_same(
    tag: str, text: str, content: str, calls: list[tuple[str, Any]]
) -> None:
    assert split([text], tag) == (content, calls)
    assert split(list(text), tag) == (content, calls)


def test_text_before_a_call_is_not_held_back() -> None:
    parser = ToolParser("<tool_call>", NAMES)
    assert [parser.feed(piece) for piece in ("Well", " <", "b", "<tool_", "call>")] == ["Well", " ", "<b", "", ""]


def test_a_call_without_an_end_becomes_text() -> None:
    parser = ToolParser("<t>", NAMES)
    shown = [parser.feed(piece) for piece in ("<t>", *["{" * 1024] * (LONGEST_CALL // 1024 + 1), "on")]
    assert "".join(shown) == "<t>" + "{" * (LONGEST_CALL + 1024) + "on"
    assert parser.finish() == ""


def test_what_has_no_end_behind_a_call_is_dropped_and_the_next_call_read() -> None:
    call = '<t>{"name": "add", "arguments": {}}'
    assert split([call, "{" * (LONGEST_CALL + 1), call], "<t>") == ("", [("add", {}), ("add", {})])


def test_ids_are_ollamas() -> None:
    parser = ToolParser("{", NAMES)
    parser.feed('{"name": "add", "arguments": {}}')
    assert parser.calls[0].id.startswith("call_")
    assert len(parser.calls[0].id) == 13


_PARTS = [
    "<t>",
    "<",
    "t>",
    "{",
    "}",
    '"',
    "\\",
    "add",
    "get_weather",
    '{"name": "add", "arguments": {"a": 1}}',
    " ",
    "x",
]


@given(st.lists(st.sampled_from(_PARTS), max_size=12), st.data(), st.sampled_from(["<t>", "{", "["]))
def test_cutting_changes_nothing(parts: list[str], data: st.DataObject, tag: str) -> None:
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert split(pieces, tag) == split([text], tag)
