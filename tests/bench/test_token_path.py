"""What a token costs the daemon on its way from a runner to a client, with 1, 8 and 64 streams.

The runner is the fake one, so nothing else is measured: CPU time of the daemon's own process over the tokens that it
passed on, paced as an engine would send them and as fast as they come.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil
import pytest

from backend.client import Client
from backend.wire.ollama import GenerateRequest
from backend.wire.workstation import LoadRequest
from tests.bench.figures import row
from tests.e2e.daemon import FAKE_RUNNERS, daemon
from tests.fakes.backend import add_model

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

ROUNDS = 3
STREAMS = (1, 8, 64)
TOKENS = 6400  # of all streams together
PACE = 1600  # tokens per second of all streams together
MOST_GROWTH = 1.5  # of a token's cost from one stream to 64


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one round: CPU µs of the daemon per token, and tokens per second."""

    microseconds: float
    rate: float


async def test_a_token_costs_as_much_among_many_streams_as_alone(tmp_path: Path) -> None:
    costs: dict[tuple[int, bool], list[Cost]] = {}
    with daemon(tmp_path, FAKE_RUNNERS) as running:
        add_model(running.settings, "m")
        process = psutil.Process(running.process.pid)
        async with Client(running.settings) as client:
            await client.monitor.load(LoadRequest(model="m", num_parallel=max(STREAMS), keep_alive=-1))
            await _cost(client, process, 1, paced=False)
            for _ in range(ROUNDS):
                for streams in STREAMS:
                    for paced in (True, False):
                        cost = await _cost(client, process, streams, paced=paced)
                        costs.setdefault((streams, paced), []).append(cost)
    sys.stdout.write("\n")
    for (streams, paced), measured in sorted(costs.items(), key=lambda item: (not item[0][1], item[0][0])):
        pace = f"{PACE} tokens/s in all" if paced else "as fast as they come"
        name = f"{streams} {'stream' if streams == 1 else 'streams'}, {pace}"
        sys.stdout.write(row(name, [cost.microseconds for cost in measured], "µs/token") + "\n")
        if not paced:
            sys.stdout.write(row("", [cost.rate for cost in measured], "tok/s") + "\n")
    for paced in (True, False):
        least = {streams: min(cost.microseconds for cost in costs[streams, paced]) for streams in STREAMS}
        ratios = [least[streams] / least[1] for streams in STREAMS]
        sys.stdout.write(f"ratio to one stream: {', '.join(f'{ratio:.2f}' for ratio in ratios)}\n")
        assert max(ratios) <= MOST_GROWTH


async def _cost(client: Client, process: psutil.Process, streams: int, *, paced: bool) -> Cost:
    each = TOKENS // streams
    prompt = f"@tokens={each}" + (f" @rate={PACE / streams}" if paced else "")
    before, started = _cpu_s(process), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        counts = [group.create_task(_lines(client, prompt)) for _ in range(streams)]
    spent, elapsed = _cpu_s(process) - before, time.perf_counter() - started
    tokens = sum(task.result() for task in counts) - streams  # the last line of each is no token
    assert tokens == each * streams
    return Cost(spent / tokens * 1e6, tokens / elapsed)


async def _lines(client: Client, prompt: str) -> int:
    """Lines of an answer, which nobody reads further: the client is to be no brake."""
    request = GenerateRequest(model="m", prompt=prompt, raw=True, options={"num_predict": -1})
    count = 0
    async with client.send("POST", "/api/generate", request) as response:
        async for chunk in response.content.iter_any():
            count += chunk.count(b"\n")
    return count


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
