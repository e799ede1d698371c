"""Images through a Go template and the real engine: the specification's sections A.2 and I.3.

The projector holds zeros, so the model sees nothing; but the engine takes the image in and counts its tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.wire.ollama import ChatRequest, CreateRequest, GenerateRequest, Message
from tests.e2e.daemon import upload
from tests.fakes.eyes import TOKENS, picture, projector

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from backend.client import Client

pytestmark = pytest.mark.real

OPTIONS = {"num_predict": 2, "num_ctx": 2048}
TEMPLATE = "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
SMOLLM2_WIDTH = 576


@pytest.fixture
async def seeing(real: Client, smollm2_gguf: Path, tmp_path: Path) -> AsyncIterator[str]:
    """SmolLM2 with eyes."""
    path = tmp_path / "mmproj.gguf"
    path.write_bytes(projector(SMOLLM2_WIDTH))
    files = {file.name: await upload(real, file) for file in (smollm2_gguf, path)}
    async for _ in real.create(CreateRequest(model="seeing", files=files, template=TEMPLATE)):
        pass
    yield "seeing"
    await real.delete("seeing")


async def chatted(real: Client, model: str, *images: str) -> int:
    """The tokens of the prompt."""
    messages = [Message(role="user", content="What is this?", images=list(images))]
    return [part async for part in real.chat(ChatRequest(model=model, messages=messages, options=OPTIONS))][
        -1
    ].prompt_eval_count


async def test_the_engine_sees_the_image_of_a_chat(real: Client, seeing: str) -> None:
    assert "vision" in (await real.show(seeing)).capabilities
    blind = await chatted(real, seeing)
    assert await chatted(real, seeing, picture()) == blind + TOKENS
    assert await chatted(real, seeing, picture(), picture()) == blind + 2 * TOKENS


async def test_the_engine_sees_the_image_of_a_prompt(real: Client, seeing: str) -> None:
    counts = []
    for images in ([], [picture()]):
        request = GenerateRequest(model=seeing, prompt="What is this?", images=images, options=OPTIONS)
        counts.append([part async for part in real.generate(request)][-1].prompt_eval_count)
    assert counts[1] == counts[0] + TOKENS
