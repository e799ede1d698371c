"""Derived by hand from the templates of DeepSeek-V3.1 and Cogito v2."""

from __future__ import annotations

import pytest

from backend.wire.ollama import Message
from tests.template.renderers.conversations import OFF, ON, SHORT, TOOLED, render

BOS, EOS = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"


def test_deepseek_opens_or_closes_its_thinking() -> None:
    assert render("deepseek3.1", SHORT, ON) == f"{BOS}<｜User｜>Hi<｜Assistant｜><think>"
    assert render("deepseek3.1", SHORT, OFF) == f"{BOS}<｜User｜>Hi<｜Assistant｜></think>"


def test_messages_of_other_roles_change_nothing() -> None:
    developer = Message(role="developer", content="unseen")
    for name in ("deepseek3.1", "cogito"):
        assert render(name, [*SHORT, developer], ON) == render(name, SHORT, ON)


@pytest.mark.parametrize(
    ("said", "shown"), [("<think>a</think>b", "b"), ("<think>a", "<think>a"), ("a</think>", "a</think>")]
)
def test_deepseek_forgets_thinking_that_was_sent_back_as_content(said: str, shown: str) -> None:
    answered = [*SHORT, Message(role="assistant", content=said)]
    assert render("deepseek3.1", answered, OFF) == f"{BOS}<｜User｜>Hi<｜Assistant｜></think>{shown}{EOS}"


def test_deepseek_with_tools_goes_on_behind_their_results() -> None:
    parameters = (
        '{"type": "object", "required": ["city"], "properties": {"city": {"type": "string", "description": "Where"}, '
        '"days": {"type": ["integer", "null"], "enum": [1, 3]}}}'
    )
    assert render("deepseek3.1", TOOLED, ON, tools=True) == (
        f"{BOS}Be brief.\n\n## Tools\nYou have access to the following tools:\n"
        f"\n### weather\nDescription: Tells <it>.\n\nParameters: {parameters}\n"
        "\nIMPORTANT: ALWAYS adhere to this exact format for tool use:\n"
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>tool_call_name<｜tool▁sep｜>tool_call_arguments<｜tool▁call▁end｜>"
        "{{additional_tool_calls}}<｜tool▁calls▁end｜>\n\nWhere:\n\n"
        "- `tool_call_name` must be an exact match to one of the available tools\n"
        "- `tool_call_arguments` must be valid JSON that strictly follows the tool's Parameters Schema\n"
        "- For multiple tool calls, chain them directly without separators or spaces\n"
        f"<｜User｜>Hi<｜Assistant｜></think>Hello{EOS}<｜User｜>Rain?<｜Assistant｜></think>I look."
        '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{"days": 3, "city": "Rome"}<｜tool▁call▁end｜>'
        f'<｜tool▁call▁begin｜>now<｜tool▁sep｜>{{"where": {{"a": [1]}}}}<｜tool▁call▁end｜><｜tool▁calls▁end｜>{EOS}'
        "<｜tool▁output▁begin｜>sun<｜tool▁output▁end｜><｜tool▁output▁begin｜>noon<｜tool▁output▁end｜>"
    )


COGITO = "You are Cogito, an AI assistant created by Deep Cogito, which is an AI research lab based in San Francisco."


def test_cogito_is_asked_to_think_by_its_system_text() -> None:
    assert render("cogito", SHORT, OFF) == f"{BOS}{COGITO}<｜User｜>Hi<｜Assistant｜>"
    thinking = f"{BOS}Enable deep thinking subroutine.\n\n{COGITO}<｜User｜>Hi<｜Assistant｜><think>\n"
    assert render("cogito", SHORT, ON) == thinking


def test_cogito_with_tools() -> None:
    tool = """{
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells <it>.",
        "parameters": {
            "type": "object",
            "required": [
                "city"
            ],
            "properties": {
                "city": {
                    "type": "string",
                    "description": "Where"
                },
                "days": {
                    "type": [
                        "integer",
                        "null"
                    ],
                    "enum": [
                        1,
                        3
                    ]
                }
            }
        }
    }
}"""
    assert render("cogito", TOOLED, OFF, tools=True) == (
        f"{BOS}{COGITO}\n\nBe brief.\nYou have the following functions available:\n```json\n{tool}\n```\n"
        f"<｜User｜>Hi<｜Assistant｜>Hello{EOS}<｜User｜>Rain?<｜Assistant｜>I look."
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n"
        '{"days": 3, "city": "Rome"}\n'
        "```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n"
        f'{{"where": {{"a": [1]}}}}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>{EOS}'
        "<｜tool▁outputs▁begin｜><｜tool▁output▁begin｜>sun<｜tool▁output▁end｜>\n"
        "<｜tool▁output▁begin｜>noon<｜tool▁output▁end｜><｜tool▁outputs▁end｜><｜Assistant｜>"
    )
