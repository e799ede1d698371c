"""Derived by hand from the template of LFM2."""

from __future__ import annotations

from backend.wire.ollama import Message
from tests.template.renderers.conversations import HI, OFF, ON, SHORT, STARTED, TOOL_JSON, TOOLED, render

USER = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"


def test_without_tools() -> None:
    assert render("lfm2", SHORT) == f"<|startoftext|>{USER}"
    assert render("lfm2", STARTED) == f"<|startoftext|>{USER}He"


def test_with_tools() -> None:
    function = TOOL_JSON.removeprefix('{"type": "function", "function": ').removesuffix("}")
    assert render("lfm2", TOOLED, tools=True) == (
        f"<|startoftext|><|im_start|>system\nBe brief.\nList of tools: <|tool_list_start|>[{function}]<|tool_list_end|>"
        f"<|im_end|>\n{USER}Hello<|im_end|>\n<|im_start|>user\nRain?<|im_end|>\n<|im_start|>assistant\n"
        '<|tool_call_start|>[weather(days=3,city="Rome"),now(where={"a": [1]})]<|tool_call_end|>I look.<|im_end|>\n'
        "<|im_start|>tool\n<|tool_response_start|>sun<|tool_response_end|><|im_end|>\n"
        "<|im_start|>tool\n<|tool_response_start|>noon<|tool_response_end|><|im_end|>\n<|im_start|>assistant\n"
    )


def test_old_thinking_is_forgotten_unless_it_thinks() -> None:
    said = [Message(role="assistant", content=f"<think>{word}</think> {word}") for word in ("a", "b")]
    messages = [HI, said[0], HI, said[1], HI]
    a, b = "<think>a</think> a", "<think>b</think> b"
    for thinking, first in ((OFF, "a"), (ON, a)):
        expected = f"<|startoftext|>{USER}{first}<|im_end|>\n{USER}{b}<|im_end|>\n{USER}"
        assert render("lfm2-thinking", messages, thinking) == expected
