"""Derived by hand from the template of GLM-4.7."""

from __future__ import annotations

from tests.template.renderers.conversations import OFF, ON, SHORT, TOOL_JSON, TOOLED, render


def test_without_tools() -> None:
    assert render("glm-4.7", SHORT, ON) == "[gMASK]<sop><|user|>Hi<|assistant|><think>"
    assert render("glm-4.7", SHORT, OFF) == "[gMASK]<sop><|user|>Hi<|assistant|></think>"


def test_with_tools() -> None:
    assert render("glm-4.7", TOOLED, ON, tools=True) == (
        "[gMASK]<sop><|system|>\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
        "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
        f"{TOOL_JSON}\n</tools>\n\n"
        "For each function call, output the function name and arguments within the following XML format:\n"
        "<tool_call>{function-name}<arg_key>{arg-key-1}</arg_key><arg_value>{arg-value-1}</arg_value>"
        "<arg_key>{arg-key-2}</arg_key><arg_value>{arg-value-2}</arg_value>...</tool_call>"
        "<|system|>Be brief.<|user|>Hi<|assistant|></think>Hello<|user|>Rain?<|assistant|><think>hm</think>I look."
        "<tool_call>weather<arg_key>days</arg_key><arg_value>3</arg_value>"
        "<arg_key>city</arg_key><arg_value>Rome</arg_value></tool_call>"
        '<tool_call>now<arg_key>where</arg_key><arg_value>{"a": [1]}</arg_value></tool_call>'
        "<|observation|><tool_response>sun</tool_response><tool_response>noon</tool_response><|assistant|><think>"
    )
