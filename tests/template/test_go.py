"""The engine against Go's own text/template: the specification's section G.1.

`go_expectations.json` holds what a program that runs Go's package over the same templates and data has printed.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from backend.errors import BadTemplate
from backend.template.conversation import Thinking, variables
from backend.template.evaluate import run
from backend.template.parser import parse
from backend.template.values import from_json
from backend.wire.ollama import Message, ToolCall, ToolCallFunction

GO: dict[str, Any] = json.loads(Path(__file__).with_name("go_expectations.json").read_text("utf-8"))
TODAY = datetime.date(2026, 1, 2)
DATA = from_json(GO["data"])


@pytest.mark.parametrize(("template", "expected"), GO["cases"])
def test_every_template_does_what_it_does_in_go(template: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(BadTemplate, match=r"^template: :\d+: "):
            run(parse(template), DATA, TODAY)
    else:
        assert run(parse(template), DATA, TODAY) == expected


def _messages() -> list[Message]:
    return [
        Message(
            role=item["Role"],
            content=item["Content"],
            thinking=item.get("Thinking", ""),
            tool_name=item.get("ToolName", ""),
            tool_call_id=item.get("ToolCallID", ""),
            tool_calls=[
                ToolCall(
                    id=call["ID"],
                    function=ToolCallFunction(
                        index=call["Function"]["Index"],
                        name=call["Function"]["Name"],
                        arguments=call["Function"]["Arguments"],
                    ),
                )
                for call in item.get("ToolCalls", ())
            ],
        )
        for item in GO["chat"]["data"]["Messages"]
    ]


@pytest.mark.parametrize(("template", "expected"), GO["chat"]["cases"])
def test_a_conversation_looks_as_go_shows_it(template: str, expected: str) -> None:
    """Section G.2; the templates of all known families (section G.3) are among these."""
    data = variables(_messages(), GO["chat"]["data"]["Tools"], Thinking(on=True, level="medium", given=True))
    assert run(parse(template), data, TODAY) == expected


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("a\nb{{ foo }}", 'template: :2: function "foo" not defined'),
        ("{{ if .A }}", "template: :1: unexpected EOF"),
        ("\n\n{{ end }}", "template: :3: unexpected {{end}}"),
        ("{{ .A }\n}", "template: :1: unrecognized character in action: U+007D"),
        ("x\n{{ index .L 9 }}", "template: :2: error calling index: index out of range: 9"),
        ("{{ .A.B }}", "template: :1: can't evaluate field B in type string"),
        ('{{ template "x" }}', 'template: :1: template "x" not defined'),
    ],
)
def test_an_error_names_line_and_cause(template: str, message: str) -> None:
    with pytest.raises(BadTemplate) as caught:
        run(parse(template), DATA, TODAY)
    assert (caught.value.message, caught.value.status) == (message, 500)
