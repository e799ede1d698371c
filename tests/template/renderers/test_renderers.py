"""What all renderers have in common: the specification's section G.9."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.inference.parsers.families import FAMILIES
from backend.template import builtin
from backend.template.renderers import RENDERERS
from backend.wire.ollama import Message
from tests.template.renderers.conversations import OFF, ON, TOOLED, render

PARSERS = {
    "cogito": "cogito",
    "deepseek3.1": "deepseek3",
    "glm-4.7": "glm-4.7",
    "lfm2": "lfm2",
    "lfm2-thinking": "lfm2-thinking",
    "olmo3": "olmo3",
    "olmo3.1": "olmo3",
    "qwen3-coder": "qwen3-coder",
    "qwen3.5": "qwen3.5",
}
"""The renderers that know tools, with the parsers of their models."""


def test_all_are_names_of_the_specification() -> None:
    assert RENDERERS.keys() <= builtin.RENDERERS
    assert builtin.PARSERS.keys() == FAMILIES.keys()


@pytest.mark.parametrize(("renderer", "parser"), PARSERS.items())
def test_what_a_renderer_shows_as_calls_its_parser_reads(renderer: str, parser: str) -> None:
    shown = render(renderer, TOOLED[:5])
    said = shown[shown.rindex("I look.") - (0 if "lfm" not in renderer else 200) :]
    splitter = FAMILIES[parser].splitter("", [])
    splitter.feed(said)
    splitter.finish()
    found = [(call.function.name, call.function.arguments) for call in splitter.calls]
    days: object = "3" if parser in {"qwen3-coder", "qwen3.5", "glm-4.7"} else 3  # no schema says that it is a number
    where: object = '{"a": [1]}' if days == "3" else {"a": [1]}
    assert found == [("weather", {"days": days, "city": "Rome"}), ("now", {"where": where})]


_MESSAGES = st.builds(
    Message,
    role=st.sampled_from(["system", "user", "assistant", "tool", "other"]),
    content=st.sampled_from(["", "x", "<think>a</think>b", "</think>", "<tool_response>"]),
)


@settings(deadline=None)  # of one example; the machine may be busy
@given(st.sampled_from(sorted(RENDERERS)), st.lists(_MESSAGES, max_size=5), st.sampled_from([ON, OFF]), st.booleans())
def test_any_conversation_has_a_prompt(name: str, messages: list[Message], thinking: object, tools: bool) -> None:
    assert isinstance(render(name, messages, ON if thinking is ON else OFF, tools=tools), str)
