"""What the backend adds to the runner's own HTTP: time to first token, and tokens per second.

Both sides run the same model with the same spec and options in runners of their own and are asked in turn, each round
with a prompt that neither has seen. Figures are medians; the machine may be noisy.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import aclosing
from statistics import median
from typing import TYPE_CHECKING

import pytest

from backend.client import Client
from backend.engine.local import LocalEngine
from backend.inference.options import resolve
from backend.runner.spec import RunnerSpec
from backend.settings import load
from backend.wire.ollama import GenerateRequest
from tests.bench.figures import row
from tests.conftest import ROOT, answering
from tests.fakes.backend import add_weights
from tests.models import smollm2

if TYPE_CHECKING:
    from backend.runner.stream import RunnerClient

pytestmark = [pytest.mark.bench, pytest.mark.real, pytest.mark.timeout(600)]

ROUNDS = 25
TOKENS = 64
CONTEXT = 2048
OPTIONS = {"num_predict": TOKENS, "seed": 1, "temperature": 0.0, "num_ctx": CONTEXT}
MOST_ADDED_MS = 10.0
LEAST_RATIO = 0.97


async def test_the_backend_costs_next_to_nothing(backend_environment: dict[str, str]) -> None:
    settings = load(backend_environment)
    add_weights(settings, "bench", smollm2())
    daemon = subprocess.Popen(  # noqa: ASYNC220 # returns at once
        [sys.executable, "-m", "backend"], env=backend_environment, cwd=ROOT, stdin=subprocess.DEVNULL
    )
    try:
        await answering(settings, daemon)
        async with LocalEngine(60.0) as engine, Client(settings) as client:
            spec = RunnerSpec(id="direct", model=str(smollm2()), n_ctx=CONTEXT, slots=4, n_batch=512)
            runner = (await engine.launch(spec)).client
            await _through_backend(client, "warm up")
            await _direct(runner, "warm up")
            through, direct = [], []
            for number in range(ROUNDS):
                prompt = f"Story number {number}: once upon a time there was"
                if number % 2:  # neither side always comes second
                    direct.append(await _direct(runner, prompt))
                through.append(await _through_backend(client, prompt))
                if not number % 2:
                    direct.append(await _direct(runner, prompt))
    finally:
        daemon.terminate()
        daemon.wait(20)
    added = [a[0] - b[0] for a, b in zip(through, direct, strict=True)]
    ratios = [a[1] / b[1] for a, b in zip(through, direct, strict=True)]
    sys.stdout.write(
        "\n".join(
            (
                "",
                row("time to first token, runner", [first for first, _ in direct], "ms"),
                row("time to first token, backend", [first for first, _ in through], "ms"),
                row("added by the backend", added, "ms"),
                row("tokens per second, runner", [rate for _, rate in direct], "tok/s"),
                row("tokens per second, backend", [rate for _, rate in through], "tok/s"),
                row("ratio", ratios, ""),
                "",
            )
        )
    )
    assert median(added) <= MOST_ADDED_MS
    assert median(ratios) >= LEAST_RATIO


async def _through_backend(client: Client, prompt: str) -> tuple[float, float]:
    """Milliseconds to the first token, and tokens per second after it."""
    request = GenerateRequest(model="bench", prompt=prompt, raw=True, options=OPTIONS)
    started = time.perf_counter()
    stamps = [time.perf_counter() async for reply in client.generate(request) if not reply.done]
    return _figures(started, stamps)


async def _direct(runner: RunnerClient, prompt: str) -> tuple[float, float]:
    body = {"prompt": prompt, "cache_prompt": True, **resolve({}, OPTIONS, shift=True).engine(CONTEXT)}
    started = time.perf_counter()
    async with aclosing(runner.stream("/completion", body)) as events:
        stamps = [time.perf_counter() async for event in events if event["content"]]
    return _figures(started, stamps)


def _figures(started: float, stamps: list[float]) -> tuple[float, float]:
    return (stamps[0] - started) * 1e3, (len(stamps) - 1) / (stamps[-1] - stamps[0])
