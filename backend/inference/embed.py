"""Embeddings. Chat models embed too, pooled by their mean."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from backend.errors import EmbeddingFailed, EngineRefused
from backend.inference import completion
from backend.inference import options as option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.inference.target import Target
    from backend.monitor.requests import LiveRequest
    from backend.scheduler.book import Lease
    from backend.scheduler.scheduler import Scheduler

Vector = list[float]
_TOO_LONG = "the input length exceeds the context length"
_LENGTH_WORDS = ("too large", "context size", "context length", "physical batch size", "exceeds the available context")


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors in the order of the inputs; `tokens` over all of them; durations in nanoseconds."""

    vectors: list[Vector]
    tokens: int
    total_ns: int
    load_ns: int


async def embed(
    scheduler: Scheduler,
    target: Target,
    inputs: Sequence[str],
    options: dict[str, Any],
    keep_alive: float | None,
    live: LiveRequest,
    *,
    truncate: bool,
    dimensions: int,
) -> Embedded:
    """One unit vector per input, cut to `dimensions` if that is above 0. No inputs: the model is only loaded.

    Raises `EmbeddingFailed` for an input that is too long and may not be truncated, or that the engine refuses.
    """
    started_ns = time.monotonic_ns()
    resolved = option.resolve(target.stored.params, options, shift=target.shifts(None))
    async with scheduler.lease(target.demand(resolved), keep_alive, live.waiting_for) as lease:
        live.runner, live.state = lease.runner, "prefill"
        vectors, tokens = [], 0
        for text in inputs:  # one slot was leased, so one input at a time
            vector, count = await _embed_one(lease, text, truncate=truncate)
            vectors.append(_unit(vector[:dimensions] if dimensions > 0 else vector))
            tokens += count
            live.prompt_tokens = tokens
        return Embedded(vectors, tokens, time.monotonic_ns() - started_ns, max(int(lease.load_s * 1e9), 1))


async def _embed_one(lease: Lease, text: str, *, truncate: bool) -> tuple[Vector, int]:
    limit = min(lease.n_ctx, lease.n_batch)  # the engine pools over one batch
    content: str | list[int] = text
    if len(text.encode()) >= limit - 1:  # a token is at least one byte; beginning and end may be added
        content = await _cut(lease, text, limit, truncate=truncate)
    try:
        answer = await lease.client.call("/v1/embeddings", {"input": content})
    except EngineRefused as error:
        raise _failed(error) from None
    return answer["data"][0]["embedding"], int(answer["usage"]["prompt_tokens"])


async def _cut(lease: Lease, text: str, limit: int, *, truncate: bool) -> str | list[int]:
    """The text if it fits into `limit` tokens, else its first tokens."""
    whole, bare = await asyncio.gather(*(completion.tokens(text, lease, special=special) for special in (True, False)))
    if len(whole) <= limit:
        return text
    if not truncate:
        raise EmbeddingFailed(_TOO_LONG)
    room = limit - (len(whole) - len(bare))
    if room <= 0:
        raise EmbeddingFailed("input after truncation exceeds maximum context length")
    return str((await lease.client.call("/detokenize", {"tokens": bare[:room]}))["content"])


def _unit(vector: Vector) -> Vector:
    length = math.sqrt(sum(value * value for value in vector))
    if not math.isfinite(length):
        raise EmbeddingFailed("embedding contains NaN or Inf values")
    return [value / length for value in vector] if length else vector


def _failed(error: EngineRefused) -> EmbeddingFailed:
    """The engine's refusal in its own words and with its status; a length has one wording (section I.6)."""
    try:
        message = str(orjson.loads(error.message)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = error.message
    if any(words in message for words in _LENGTH_WORDS):
        return EmbeddingFailed(_TOO_LONG)
    return EmbeddingFailed(message, status=error.status)
