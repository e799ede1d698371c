"""Derived by hand from the templates of Qwen3-Coder and Qwen3.5."""

from __future__ import annotations

from tests.template.renderers.conversations import OFF, ON, SHORT, STARTED, TOOL_JSON, TOOLED, render

REMINDER = """

If you choose to call a function ONLY reply in the following format with NO suffix:

<tool_call>
<function=example_function_name>
<parameter=example_parameter_1>
value_1
</parameter>
<parameter=example_parameter_2>
This is the value for the second parameter
that can span
multiple lines
</parameter>
</function>
</tool_call>

<IMPORTANT>
Reminder:
- Function calls MUST follow the specified format: an inner <function=...></function> block must be nested within <tool_call></tool_call> XML tags
- Required parameters MUST be specified
- You may provide optional reasoning for your function call in natural language BEFORE the function call, but NOT after
- If there is no function call available, answer the question like normal with your current knowledge and do not tell the user about function calls
</IMPORTANT>"""  # noqa: E501 # the lines are the template's
CALLS = """<tool_call>
<function=weather>
<parameter=days>
3
</parameter>
<parameter=city>
Rome
</parameter>
</function>
</tool_call>
<tool_call>
<function=now>
<parameter=where>
{"a": [1]}
</parameter>
</function>
</tool_call>"""


def test_the_coder_without_tools() -> None:
    assert render("qwen3-coder", SHORT) == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert render("qwen3-coder", STARTED) == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHe"


def test_the_coder_with_tools() -> None:
    listed = """# Tools

You have access to the following functions:

<tools>
<function>
<name>weather</name>
<description>Tells <it>.</description>
<parameters>
<parameter>
<name>city</name>
<type>string</type>
<description>Where</description>
</parameter>
<parameter>
<name>days</name>
<type>["integer", "null"]</type>
<enum>[1, 3]</enum>
</parameter>
<required>["city"]</required>
</parameters>
</function>
</tools>"""
    assert render("qwen3-coder", TOOLED, tools=True) == (
        f"<|im_start|>system\nBe brief.\n\n{listed}{REMINDER}<|im_end|>\n"
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nRain?<|im_end|>\n"
        f"<|im_start|>assistant\nI look.\n\n{CALLS}<|im_end|>\n"
        "<|im_start|>user\n<tool_response>\nsun\n</tool_response>\n<tool_response>\nnoon\n</tool_response>\n<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    default = "You are Qwen, a helpful AI assistant that can interact with a computer to solve tasks."
    assert render("qwen3-coder", SHORT, tools=True).startswith(f"<|im_start|>system\n{default}\n\n# Tools\n")


def test_35_opens_its_thinking_or_an_empty_one() -> None:
    head = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert render("qwen3.5", SHORT, ON) == head + "<think>\n"
    assert render("qwen3.5", SHORT, OFF) == head + "<think>\n\n</think>\n\n"
    assert render("qwen3.5", STARTED, OFF) == head + "He"
    assert render("qwen3.5", STARTED, ON) == head + "<think>\n\n</think>\n\nHe"


def test_35_with_tools_remembers_what_it_thought_since_the_question() -> None:
    head = "# Tools\n\nYou have access to the following functions:\n\n<tools>"
    expected = (
        f"<|im_start|>system\n{head}\n{TOOL_JSON}\n</tools>{REMINDER}\n\nBe brief.<|im_end|>\n"
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nRain?<|im_end|>\n"
        f"<|im_start|>assistant\n<think>\nhm\n</think>\n\nI look.\n\n{CALLS}<|im_end|>\n"
        "<|im_start|>user\n<tool_response>\nsun\n</tool_response>\n<tool_response>\nnoon\n</tool_response><|im_end|>\n"
        "<|im_start|>assistant\n<think>\n"
    )
    assert render("qwen3.5", TOOLED, ON, tools=True) == expected
