"""What the engine of GGML models cannot do, and whose prompts are then made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.backend import add_weights
from tests.fakes.gguf_file import TENSORS, write_gguf

if TYPE_CHECKING:
    from pathlib import Path

    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

_ENGINE = {"options": {"engine": "ctransformers"}}
_TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}]
_JINJA = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}{% if tools %}{{ tools }}{% endif %}"


@pytest.fixture
def model(backend: Settings, tmp_path: Path) -> str:
    """A GGUF with a chat template that knows tools and that both engines could run."""
    tensors = {**TENSORS, "output.weight": ("Q4_1", (64, 64))}
    metadata = {"tokenizer.ggml.model": "llama", "tokenizer.chat_template": _JINJA}
    add_weights(backend, "m", write_gguf(tmp_path / "m.gguf", metadata, tensors))
    return "m"


async def _chat(wire: Wire, *texts: str, **fields: Any) -> Answer:
    messages = [{"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(texts)]
    return await wire.post("/api/chat", **{"model": "m", "messages": messages, "stream": False, **_ENGINE, **fields})


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"format": "json"}, "format"),
        ({"format": {"type": "object"}}, "format"),
        ({"logprobs": True}, "logprobs"),
        ({"tools": _TOOLS}, "tools"),
        ({"messages": [{"role": "user", "content": "hi", "images": ["AA=="]}]}, "images"),
    ],
)
async def test_a_chat_that_asks_for_more_is_refused_before_anything_loads(
    runners: list[RunnerHandle], wire: Wire, model: str, fields: dict[str, Any], wanted: str
) -> None:
    answer = await _chat(wire, "hi", **fields)
    assert answer.refusal == (400, f'"m" does not support {wanted}: it runs in the engine ctransformers')
    assert runners == []


@pytest.mark.parametrize(("fields", "wanted"), [({"format": "json"}, "format"), ({"images": ["AA=="]}, "images")])
async def test_a_completion_that_asks_for_more_is_refused(
    wire: Wire, model: str, fields: dict[str, Any], wanted: str
) -> None:
    answer = await wire.post("/api/generate", **{"model": model, "prompt": "hi", **_ENGINE, **fields})
    assert f"does not support {wanted}" in answer.refusal[1]


async def test_the_same_is_served_by_llama_cpp(wire: Wire, model: str) -> None:
    assert (await _chat(wire, "hi", options={}, format="json", logprobs=True)).status == 200


async def test_prompts_are_made_here_and_a_model_without_a_template_sees_the_bare_texts(wire: Wire, model: str) -> None:
    shown = (await _chat(wire, "one", "two", "three", _debug_render_only=True)).json
    assert shown["_debug_info"]["rendered_template"] == "onetwothree"
    answer = (await _chat(wire, "«said»")).json
    assert answer["message"]["content"] == "said"
    body = {"model": model, "prompt": "one", "_debug_render_only": True, **_ENGINE}
    shown = (await wire.post("/api/generate", **body)).json
    assert shown["_debug_info"]["rendered_template"] == "one"
