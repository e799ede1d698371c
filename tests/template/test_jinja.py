"""The known formats against their Jinja texts, as the engine renders them (the specification's section G.3).

`jinja_expectations.json` holds what the engine made of each family's text: `source` is the file beside the Go
templates. It was started with SmolLM2's weights and that text, and asked with `POST /apply-template`; SmolLM2's first
and last token were then replaced by the family's own, and the first one at the very beginning, which the tokenizer
adds by itself (section I.5), was cut off.
"""

from __future__ import annotations

import datetime
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from backend.template.conversation import Thinking
from backend.template.known import PARAMETERS, detect, known
from backend.template.template import read
from backend.wire.ollama import Message

ENGINE: dict[str, Any] = json.loads(Path(__file__).with_name("jinja_expectations.json").read_text("utf-8"))
FOLDER = files("backend.template.known")
JINJA_TEXTS = sorted(file.name for file in FOLDER.iterdir() if file.name.endswith(".jinja"))
SYSTEM = {"system+user", "turns"}
TURNS = {"turns", "turns without system"}
NO_SYSTEM = {"user", "turns without system"}
# Where the two say different things on purpose, and why.
DIFFERENCES = {
    # The Jinja text writes the empty line after the system text also where there is none.
    "alpaca": NO_SYSTEM,
    # The oldest Jinja texts have no blank before an answer; Mistral's own later ones have it, and none after `</s>`.
    # They refuse a system text, and the engine puts it before the question with one line's end; later ones have two.
    "mistral-instruct": SYSTEM | TURNS,
    # The Jinja text forgets the empty line after an answer.
    "solar-instruct": TURNS,
    # The Jinja text refuses a system text: the engine puts it into the question, the Go template before it.
    "starcoder2-instruct": SYSTEM,
}


def rendered(family: str, conversation: str) -> str:
    messages = [Message(role=role, content=content) for role, content in ENGINE["conversations"][conversation]]
    prompt = read(known(family).template).render(messages, [], Thinking(), datetime.date(2026, 1, 2))
    return prompt.removeprefix("<s>")  # of llama2-chat: there the template writes it


@pytest.mark.parametrize("conversation", ENGINE["conversations"])
@pytest.mark.parametrize("family", PARAMETERS)
def test_a_conversation_looks_as_the_engine_shows_it(family: str, conversation: str) -> None:
    same = rendered(family, conversation) == ENGINE["families"][family]["prompts"][conversation]
    assert same != (conversation in DIFFERENCES.get(family, set()))


@pytest.mark.parametrize("file", JINJA_TEXTS)
def test_each_known_text_is_recognised(file: str) -> None:
    found = detect((FOLDER / file).read_text("utf-8").removesuffix("\n"))
    assert found is not None
    assert found.name == file.split(".")[0]
