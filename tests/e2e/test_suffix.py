"""Fill-in-the-middle: Qwen2.5-Coder 0.5B, with the template that Ollama's library gives it, fills a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.errors import BadRequest
from backend.wire.ollama import CreateRequest, GenerateRequest
from tests.e2e.conftest import MODEL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import openai

    from backend.client import Client

pytestmark = [pytest.mark.real, pytest.mark.section("A.2", "M.7")]

TEMPLATE = (
    "{{- if .Suffix }}<|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}<|fim_middle|>"
    "{{ else }}{{ .Prompt }}{{ end }}"
)
BEFORE = "def area("
AFTER = "):\n    return width * height\n"
GAP = "width, height"  # which only what stands behind it tells
OPTIONS = {"temperature": 0, "num_predict": 8}


@pytest.fixture
async def filler(real: Client, coder: str) -> AsyncIterator[str]:
    async for _ in real.create(CreateRequest(model="filler", from_=coder, template=TEMPLATE)):
        pass
    yield "filler"
    await real.unload("filler")
    await real.delete("filler")


@pytest.mark.slow
async def test_a_gap_is_filled(real: Client, filler: str) -> None:
    request = GenerateRequest(model=filler, prompt=BEFORE, suffix=AFTER, options=OPTIONS)
    parts = [part async for part in real.generate(request)]
    assert "".join(part.response for part in parts).strip().startswith(GAP)
    assert "insert" in (await real.show(filler)).capabilities


@pytest.mark.slow
@pytest.mark.section("B.3")
async def test_a_gap_is_filled_for_openais_client(async_gpt: openai.AsyncOpenAI, filler: str) -> None:
    reply = await async_gpt.completions.create(model=filler, prompt=BEFORE, suffix=AFTER, max_tokens=8, temperature=0)
    assert reply.choices[0].text.strip().startswith(GAP)


async def test_a_template_without_a_place_for_it_says_so(real: Client) -> None:
    request = GenerateRequest(model=MODEL, prompt=BEFORE, suffix=AFTER)
    with pytest.raises(BadRequest, match="does not support insert"):
        async for _ in real.generate(request):
            pass
