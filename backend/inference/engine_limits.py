"""What only llama.cpp can do: refused before anything is loaded where another engine runs the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.engine_choice import EngineName
from backend.errors import BadRequest
from backend.wire.ollama import ChatRequest, GenerateRequest

if TYPE_CHECKING:
    from backend.inference.target import Target
    from backend.wire.ollama import InferenceRequest


def check(target: Target, request: InferenceRequest, engine: EngineName) -> None:
    """Raise `BadRequest` that names what the request asks for and `engine` cannot do."""
    if engine is EngineName.CTRANSFORMERS:
        for wanted in _beyond_ctransformers(request):
            raise BadRequest(f'"{target.given}" does not support {wanted}: it runs in the engine ctransformers')


def _beyond_ctransformers(request: InferenceRequest) -> list[str]:
    images, tools, suffix = False, False, False
    if isinstance(request, GenerateRequest):
        images, suffix = bool(request.images), bool(request.suffix)
    elif isinstance(request, ChatRequest):
        images, tools = any(message.images for message in request.messages), bool(request.tools)
    asked = {
        "images": images,
        "tools": tools,
        "insert": suffix,
        "format": bool(request.format),
        "logprobs": request.logprobs,
    }
    return [name for name, wanted in asked.items() if wanted]
