"""Derived by hand from the templates of Olmo 3."""

from __future__ import annotations

from tests.template.renderers.conversations import ON, SHORT, STARTED, SYSTEM, TOOL_JSON, TOOLED, render

OLMO = (
    "You are Olmo, a helpful AI assistant built by Ai2. Your date cutoff is December 2024, and your model weights are "
    "available at https://huggingface.co/allenai."
)
NONE = "You do not currently have access to any functions. <functions></functions>"
USER = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"


def test_without_tools() -> None:
    default = f"<|im_start|>system\nYou are a helpful function-calling AI assistant. {NONE}<|im_end|>\n"
    assert render("olmo3", SHORT) == default + USER
    assert render("olmo3.1", SHORT) == f"<|im_start|>system\n{OLMO} {NONE}<|im_end|>\n{USER}"
    assert render("olmo3", STARTED) == f"{default}{USER}He"


def test_with_tools() -> None:
    assert render("olmo3", TOOLED, tools=True) == (
        f"<|im_start|>system\nBe brief.<functions>[{TOOL_JSON}]</functions><|im_end|>\n"
        f"{USER}Hello<|im_end|>\n<|im_start|>user\nRain?<|im_end|>\n<|im_start|>assistant\nI look."
        '<function_calls>weather(days=3, city="Rome")\nnow(where={"a": [1]})</function_calls><|im_end|>\n'
        "<|im_start|>environment\nsun<|im_end|>\n<|im_start|>environment\nnoon<|im_end|>\n<|im_start|>assistant\n"
    )


def test_the_one_that_thinks_always_does() -> None:
    plain = f"<|im_start|>system\nYou are a helpful AI assistant.<|im_end|>\n{USER}<think>"
    assert render("olmo3-32b-think", SHORT, ON) == plain
    assert render("olmo3-think", SHORT) == f"<|im_start|>system\n{OLMO}<|im_end|>\n{USER}<think>"
    told = f"<|im_start|>system\nBe brief. {NONE}<|im_end|>\n{USER}<think>"
    assert render("olmo3-think", [SYSTEM, *SHORT]) == told
