"""SmolLM2 through the Go template that was recognised for it: the specification's section L."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.errors import BackendError
from backend.wire.ollama import ChatRequest, GenerateRequest, Message
from tests.e2e.conftest import MODEL

if TYPE_CHECKING:
    from backend.client import Client

pytestmark = [pytest.mark.real, pytest.mark.section("A.2", "A.3")]

GREEDY = {"temperature": 0, "num_predict": 8}


async def test_no_system_text_is_made_up(real: Client) -> None:
    shown = await real.show(MODEL)
    assert shown.parameters.split() == ["stop", '"<|im_start|>"', "stop", '"<|im_end|>"']
    request = ChatRequest(model=MODEL, messages=[Message(role="user", content="hi")], debug_render_only=True)
    (part,) = [part async for part in real.chat(request)]
    assert part.debug_info is not None
    assert part.debug_info.rendered_template == "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"


async def test_chat_and_generate_say_the_same(real: Client) -> None:
    messages = [Message(role="user", content="Name a colour.")]
    chatted = [part async for part in real.chat(ChatRequest(model=MODEL, messages=messages, options=GREEDY))]
    request = GenerateRequest(model=MODEL, prompt="Name a colour.", options=GREEDY)
    generated = [part async for part in real.generate(request)]
    assert "".join(part.message.content for part in chatted) == "".join(part.response for part in generated) != ""
    assert chatted[-1].prompt_eval_count == generated[-1].prompt_eval_count


async def test_a_template_of_the_request_makes_the_prompt(real: Client) -> None:
    request = GenerateRequest(model=MODEL, prompt="b", template="a {{ .Prompt }} c", debug_render_only=True)
    (part,) = [part async for part in real.generate(request)]
    assert part.debug_info is not None
    assert part.debug_info.rendered_template == "a b c"
    with pytest.raises(BackendError, match="template: :1: "):
        await anext(real.generate(GenerateRequest(model=MODEL, prompt="b", template="{{ .Prompt.X.Y }}")))


@pytest.mark.slow
async def test_a_beginning_that_the_engine_adds_is_not_written_twice(real: Client, gemma: str) -> None:
    """Section I.5: Gemma's tokenizer adds `<bos>`."""
    request = GenerateRequest(model=gemma, prompt="hi", template="<bos>{{ .Prompt }}", debug_render_only=True)
    (part,) = [part async for part in real.generate(request)]
    assert part.debug_info is not None
    assert part.debug_info.rendered_template == "hi"
