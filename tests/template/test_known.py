"""Known chat formats: the specification's section G.3."""

from __future__ import annotations

import datetime

import pytest

from backend.template.conversation import Thinking
from backend.template.known import PARAMETERS, detect, known
from backend.template.template import read
from backend.wire.ollama import Message

SMOLLM2 = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n"
    "You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + "
    "message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# What each family's own documentation shows for a system text, an exchange and a new question.
PROMPTS = {
    "chatml": "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU1<|im_end|>\n<|im_start|>assistant\nA1<|im_end|>\n"
    "<|im_start|>user\nU2<|im_end|>\n<|im_start|>assistant\n",
    "zephyr": "<|system|>\nS</s>\n<|user|>\nU1</s>\n<|assistant|>\nA1</s>\n<|user|>\nU2</s>\n<|assistant|>\n",
    "phi-3": "<|system|>\nS<|end|>\n<|user|>\nU1<|end|>\n<|assistant|>\nA1<|end|>\n"
    "<|user|>\nU2<|end|>\n<|assistant|>\n",
    "llama2-chat": "<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nU1 [/INST] A1 </s><s>[INST] U2 [/INST]",
    "mistral-instruct": "[INST] S\n\nU1 [/INST] A1</s>[INST] U2 [/INST]",
    "gemma-instruct": "<start_of_turn>user\nS\nU1<end_of_turn>\n<start_of_turn>model\nA1<end_of_turn>\n"
    "<start_of_turn>user\nU2<end_of_turn>\n<start_of_turn>model\n",
    "openchat": "GPT4 Correct System: S<|end_of_turn|>GPT4 Correct User: U1<|end_of_turn|>GPT4 Correct Assistant: A1"
    "<|end_of_turn|>GPT4 Correct User: U2<|end_of_turn|>GPT4 Correct Assistant:",
    "alpaca": "S\n\n### Instruction:\nU1\n\n### Response:\nA1\n\n### Instruction:\nU2\n\n### Response:\n",
    "vicuna": "S\n\nUSER: U1\nASSISTANT: A1</s>\nUSER: U2\nASSISTANT:",
    "falcon-instruct": "System: S\nUser: U1\nFalcon: A1\nUser: U2\nFalcon:",
}


def test_smollm2_speaks_chatml() -> None:
    """Section L."""
    found = detect(SMOLLM2)
    assert found is not None
    assert (found.name, found.parameters) == ("chatml", {"stop": ["<|im_start|>", "<|im_end|>"]})


@pytest.mark.parametrize(
    "jinja",
    [
        "",
        "tools",
        "{% for message in messages %}{{ message.content }}{% endfor %}",
        SMOLLM2 + "{% if tools %}{{ tools | tojson }}{% endif %}" * 3,
        "x" * 100_000,
    ],
)
def test_what_is_far_from_every_format_is_none(jinja: str) -> None:
    assert detect(jinja) is None


def test_there_are_twenty_and_each_can_be_read() -> None:
    assert len(PARAMETERS) == 20
    for name in PARAMETERS:
        assert "messages" in read(known(name).template).names


@pytest.mark.parametrize("name", PROMPTS)
def test_a_format_is_written_as_its_makers_write_it(name: str) -> None:
    pairs = [("system", "S"), ("user", "U1"), ("assistant", "A1"), ("user", "U2")]
    messages = [Message(role=role, content=content) for role, content in pairs]
    prompt = read(known(name).template).render(messages, [], Thinking(), datetime.date(2026, 1, 2))
    assert prompt == PROMPTS[name]
