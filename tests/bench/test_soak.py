"""Many streaming clients at once: no error, no crossed stream, and more tokens in sum than one client gets."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson
import pytest

from backend.client import Client
from backend.wire.ollama import GenerateRequest
from tests.bench.figures import row
from tests.e2e.daemon import add_model, daemon
from tests.models import gemma3, smollm2

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.bench, pytest.mark.real, pytest.mark.timeout(900)]

CLIENTS = 32
SLOTS = 8
TOKENS = 48
ALONE_S = 30.0  # for one client, before the crowd and after it
FIRST_WORDS = ("The sea", "A small town", "In winter", "My brother", "On the hill")


@dataclass(slots=True)
class Count:
    """What clients have got so far."""

    tokens: int = 0
    replies: int = 0
    checked: int = 0
    first_s: list[float] = field(default_factory=list)


@pytest.mark.parametrize(
    ("weights", "crowd_s", "least"), [(smollm2, 300.0, 1.3), (gemma3, 60.0, 1.7)], ids=["smollm2", "gemma3"]
)
async def test_a_crowd_gets_more_than_one_client(
    tmp_path: Path, weights: Callable[[], Path], crowd_s: float, least: float
) -> None:
    with daemon(tmp_path, OLLAMA_NUM_PARALLEL=str(SLOTS)) as running:
        async with Client(running.settings) as client:
            await add_model(client, "soak", weights())
            await client.load("soak", {"num_ctx": 1024})
            before = await _rate(client, 1, ALONE_S)
            crowd = await _rate(client, CLIENTS, crowd_s)
            after = await _rate(client, 1, ALONE_S)
    alone = (before[0] + after[0]) / 2
    lines = (
        "",
        row("one client, before and after", [before[0], after[0]], "tok/s"),
        row(f"{CLIENTS} clients", [crowd[0]], "tok/s"),
        row(f"time to first token, {CLIENTS} clients", crowd[1].first_s, "s"),
        f"{crowd[1].replies} replies, {crowd[1].checked} with a mark of their own; ratio {crowd[0] / alone:.2f}",
        "",
    )
    sys.stdout.write("\n".join(lines))
    assert crowd[0] / alone >= least


async def _rate(client: Client, clients: int, seconds: float) -> tuple[float, Count]:
    """Tokens per second that `clients` get together, each with one request at a time."""
    count = Count()
    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for name in range(clients):
            group.create_task(_ask(client, f"{clients}-{name}", started + seconds, count))
    return count.tokens / (time.monotonic() - started), count


async def _ask(client: Client, name: str, deadline: float, count: Count) -> None:
    number = 0
    while time.monotonic() < deadline:
        number += 1
        if number % 4 == 0:  # the grammar lets nothing through but this request's own mark
            await _marked(client, f"{name}-{number}", count)
        else:
            opening = f"{FIRST_WORDS[number % len(FIRST_WORDS)]}, part {number} of {name}:"
            await _reply(client, GenerateRequest(model="soak", prompt=opening, raw=True, options=_options(0.8)), count)


async def _marked(client: Client, mark: str, count: Count) -> None:
    form = {"type": "object", "properties": {"mark": {"const": mark}}, "required": ["mark"]}
    request = GenerateRequest(model="soak", prompt="JSON:", raw=True, format=form, options=_options(0.0))
    assert orjson.loads(await _reply(client, request, count)) == {"mark": mark}
    count.checked += 1


def _options(temperature: float) -> dict[str, float]:
    return {"num_predict": TOKENS, "num_ctx": 1024, "temperature": temperature}


async def _reply(client: Client, request: GenerateRequest, count: Count) -> str:
    started = time.monotonic()
    text: list[str] = []
    async for reply in client.generate(request):
        if not text:
            count.first_s.append(time.monotonic() - started)
        text.append(reply.response)
    assert reply.done
    assert reply.done_reason in {"stop", "length"}
    count.tokens += reply.eval_count
    count.replies += 1
    return "".join(text)
