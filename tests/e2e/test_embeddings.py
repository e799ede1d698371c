"""Embeddings of a chat model, pooled by their mean."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadRequest
from backend.wire.ollama import EmbedRequest
from tests.e2e.conftest import MODEL

if TYPE_CHECKING:
    from backend.client import Client

pytestmark = [pytest.mark.real, pytest.mark.section("A.4")]

TEXTS = ["The sky is blue.", "Bananas are yellow and sweet.", "天空是蓝色的。", "The sky was a clear blue."]
LONG = "The quick brown fox jumps over the lazy dog. " * 500


async def embed(client: Client, texts: str | list[str], **fields: object) -> list[list[float]]:
    request = EmbedRequest(model=MODEL, input=texts, **fields)  # type: ignore[arg-type] # fields of the request
    return (await client.embed(request)).embeddings


def cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_vectors_have_length_one(real: Client) -> None:
    vectors = await embed(real, TEXTS)
    assert [len(vector) for vector in vectors] == [576] * len(TEXTS)
    assert [math.hypot(*vector) for vector in vectors] == pytest.approx([1.0] * len(TEXTS), abs=1e-5)


@pytest.mark.section("M.16")
async def test_a_batch_keeps_its_order(real: Client) -> None:
    together = await embed(real, TEXTS)
    alone = [(await embed(real, text))[0] for text in TEXTS]
    for one, other in zip(together, alone, strict=True):
        assert cosine(one, other) > 0.9999
    assert all(cosine(together[0], other) < 0.999 for other in together[1:])


async def test_the_same_text_has_the_same_vector(real: Client) -> None:
    assert await embed(real, TEXTS[0]) == await embed(real, TEXTS[0])


async def test_dimensions_cut_and_keep_the_length(real: Client) -> None:
    (whole,), (short,) = await embed(real, TEXTS[0]), await embed(real, TEXTS[0], dimensions=64)
    assert len(short) == 64
    assert math.hypot(*short) == pytest.approx(1.0, abs=1e-5)
    assert cosine(short, whole[:64]) / math.hypot(*whole[:64]) == pytest.approx(1.0, abs=1e-4)


async def test_a_long_text_is_cut(real: Client) -> None:
    answer = await real.embed(EmbedRequest(model=MODEL, input=[LONG, TEXTS[0]]))
    assert len(answer.embeddings) == 2
    assert math.hypot(*answer.embeddings[0]) == pytest.approx(1.0, abs=1e-5)
    assert cosine(answer.embeddings[1], (await embed(real, TEXTS[0]))[0]) > 0.9999
    assert answer.prompt_eval_count < 5000


async def test_a_long_text_that_may_not_be_cut_is_refused(real: Client) -> None:
    with pytest.raises(BadRequest, match="the input length exceeds the context length"):
        await embed(real, LONG, truncate=False)
    assert await embed(real, TEXTS[0], truncate=False)


async def test_no_text_loads_the_model_alone(real: Client) -> None:
    assert await embed(real, "") == []
    assert await embed(real, []) == []
