"""What the transcript costs: by processor time, never by the clock."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import fmean, median

import msgspec
import pytest

from tests.bench.figures import row
from tests.bench.texts import HOSTILE, LONG, REPLY
from tests.tui.transcript.laid import PALETTE
from tui.transcript.block import Block, Kind, Role
from tui.transcript.layout import BlockLayout

pytestmark = pytest.mark.bench

WIDTH = 90
FLUSH_S = 0.05
TOKEN = 4  # characters
RUNS = 5


def stream(text: str, step: int) -> list[float]:
    """Let a reply grow by `step` characters a flush; milliseconds of each."""
    block = Block(Role.MODEL, "m", open=True)
    layout = BlockLayout(block, WIDTH, PALETTE)
    costs = []
    for start in range(0, len(text), step):
        block.append(Kind.TEXT, text[start : start + step])
        begun = time.thread_time()
        layout.update()
        costs.append((time.thread_time() - begun) * 1e3)
    return costs


@pytest.mark.parametrize(("rate", "budget"), [(100, 0.05), (500, 0.10)])
def test_laying_out_a_stream_leaves_time_for_the_rest(rate: int, budget: float) -> None:
    step = round(rate * FLUSH_S) * TOKEN
    text = (REPLY * 30)[: step * 400]
    stream(text, step)  # loads parser and lexers
    shares = [100 * sum(stream(text, step)) / (len(text) / step * FLUSH_S * 1e3) for _ in range(RUNS)]
    sys.stdout.write("\n" + row(f"layout at {rate} tokens/s", shares, "% CPU") + "\n")
    assert median(shares) <= 100 * budget


@pytest.mark.parametrize("name", LONG)
def test_a_flush_costs_no_more_at_the_end_of_a_long_reply(name: str) -> None:
    text = LONG[name][:24_000]
    stream(text[:4_000], 20)
    costs = stream(text, 20)
    quarter = len(costs) // 4
    # The first quarter contains the block's own growth to the size at which it is parted; the rest is steady.
    second, last = median(costs[quarter : 2 * quarter]), median(costs[-quarter:])
    sys.stdout.write("\n" + row(f"flush, {name}", costs, "ms CPU") + "\n")
    assert last <= 2 * second + 0.5
    assert fmean(costs) <= 5


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_takes_long(name: str) -> None:
    text = HOSTILE[name]
    costs = stream(text, 200)
    begun = time.thread_time()
    block = Block(Role.MODEL, "m")
    block.append(Kind.TEXT, text)
    BlockLayout(block, WIDTH, PALETTE)
    whole = (time.thread_time() - begun) * 1e3
    sys.stdout.write("\n" + row(f"flush, hostile {name}", costs, "ms CPU") + f" at once {whole:.0f} ms\n")
    assert median(costs) <= 20
    assert max(costs) <= 200
    assert whole <= 1500


def test_ten_thousand_messages() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.bench.long_chat"], capture_output=True, check=True)
    figures = msgspec.json.decode(done.stdout)
    cpu, rss = figures["cpu_ms"], figures["rss_mib"]
    lines = [row(f"10,000 messages: {name}", [used], "ms CPU") for name, used in cpu.items()]
    sys.stdout.write("\n" + "\n".join([*lines, row("10,000 messages: app", [rss], "MiB")]) + "\n")
    assert cpu["open"] <= 1000
    assert cpu["append"] <= 20
    assert max(cpu["page up"], cpu["start"]) <= 50
    assert max(cpu["theme"], cpu["width"], cpu["search"]) <= 300
    assert rss <= 150
