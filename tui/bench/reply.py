"""One measured generation."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.errors import BackendError

if TYPE_CHECKING:
    from backend.client import Client
    from backend.wire.ollama import GenerateRequest

_NS = 1e9


@dataclass(frozen=True, slots=True)
class Reply:
    """When a request was sent and its pieces came, in seconds of one clock; what the engine counted, and its times."""

    started: float
    stamps: tuple[float, ...]
    prompt_tokens: int
    tokens: int
    prompt_s: float
    decode_s: float

    @property
    def first_token(self) -> float:
        """Seconds until the first piece came."""
        return self.stamps[0] - self.started


async def ask(client: Client, request: GenerateRequest) -> Reply:
    """Send the request and take its answer to the end. Raises `BackendError`, also if the answer was empty."""
    started = time.perf_counter()
    stamps = []
    async with aclosing(client.generate(request)) as answer:
        async for part in answer:
            if part.response or part.thinking:
                stamps.append(time.perf_counter())
            if part.done:
                last = part
                break
        else:
            raise BackendError("the backend ended an answer in the middle")
    if not stamps:
        raise BackendError(f"'{request.model}' answered with nothing: there is no text to measure")
    return Reply(
        started,
        tuple(stamps),
        last.prompt_eval_count,
        last.eval_count,
        last.prompt_eval_duration / _NS,
        last.eval_duration / _NS,
    )
