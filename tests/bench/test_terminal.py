"""What the app costs in a terminal of 120 by 40: the budgets of the screen, on the app itself with a fake runner.

Short windows run with all tests, longer ones with `make bench`. Gated are processor time and bytes, never time by the
clock: the machine may be busy with others.
"""

from __future__ import annotations

import re
import sys
import time
from contextlib import contextmanager
from statistics import median, quantiles
from typing import TYPE_CHECKING

import pytest

from tests.bench.figures import row
from tests.bench.screen import opened
from tests.fakes.backend import add_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend.settings import Settings
    from tests.bench.screen import Cost, Screen

pytestmark = pytest.mark.timeout(600)

SHORT_S, LONG_S = 5.0, 20.0
WINDOWS = [
    pytest.param((1, SHORT_S), id="short"),
    pytest.param((5, LONG_S), id="long", marks=[pytest.mark.bench, pytest.mark.slow]),
]
_WARM_UP_S = 2.0
_KEYS = "αβγδεζηθικλμνξοπρστυφχψω"  # none of them is in the reply
_FIRST_PAINT_BYTES = 1500


@pytest.fixture
def environment(backend_process: Settings, backend_environment: dict[str, str]) -> dict[str, str]:
    """Of an app whose backend is up and has a model."""
    add_model(backend_process, "tiny")
    return backend_environment


@contextmanager
def ready(environment: dict[str, str], *, new: bool = True) -> Iterator[Screen]:
    """The app, waiting for the first message of a chat. Unless `new`, it comes up with the chat before."""
    with opened(environment) as screen:
        if not new:
            screen.until_shows("page table")
            screen.quiet(0.5)
            screen.write("\x0e")
        screen.until_shows("is ready for")
        screen.quiet(0.5)
        yield screen


def ask(screen: Screen, rate: int, seconds: float) -> None:
    """Have a reply of so many tokens per second begin, which lasts longer than `seconds`."""
    screen.write(f"@rate={rate} @markdown={int(rate * (seconds + 2 * _WARM_UP_S))}")
    screen.quiet(0.5)
    screen.write("\r")
    screen.until_shows("page table")
    screen.watch(_WARM_UP_S)


def streaming(environment: dict[str, str], rate: int, rounds: int, seconds: float) -> list[Cost]:
    """What a stretch of a reply costs, in apps of their own."""
    costs = []
    for number in range(rounds):
        with ready(environment, new=number == 0) as screen:
            ask(screen, rate, seconds)
            costs.append(screen.watch(seconds))
            assert "✗" not in screen.text, "the reply failed"
    return costs


def tell(name: str, costs: Sequence[Cost]) -> tuple[float, float]:
    """Print and return the medians: per cent of a core, thousands of bytes per second."""
    cpu, rate = [cost.cpu for cost in costs], [cost.rate for cost in costs]
    sys.stdout.write(
        "\n" + row(f"{name}: processor", cpu, "% of one") + "\n" + row(f"{name}: sent", rate, "kB/s") + "\n"
    )
    return median(cpu), median(rate)


@pytest.mark.parametrize("window", [pytest.param(1, id="short"), pytest.param(5, id="long", marks=pytest.mark.bench)])
def test_the_first_paint_is_light(window: int, environment: dict[str, str]) -> None:
    used = []
    for _ in range(window):
        with opened(environment) as screen:
            screen.until(lambda seen: len(seen) >= _FIRST_PAINT_BYTES)
            used.append(screen.cpu_s)
    sys.stdout.write("\n" + row("first paint", used, "s CPU") + "\n")
    assert median(used) <= 0.45


@pytest.mark.parametrize("window", WINDOWS)
def test_streaming_is_light(window: tuple[int, float], environment: dict[str, str]) -> None:
    cpu, rate = tell("100 tok/s", streaming(environment, 100, *window))
    assert cpu <= 15
    assert 1 <= rate <= 10, "less is not the whole text"


@pytest.mark.parametrize("window", WINDOWS)
def test_fast_streaming_is_light(window: tuple[int, float], environment: dict[str, str]) -> None:
    cpu, rate = tell("500 tok/s", streaming(environment, 500, *window))
    assert cpu <= 30
    assert rate >= 4, "less is not the whole text"


@pytest.mark.parametrize("window", WINDOWS)
def test_low_bandwidth_is_low(window: tuple[int, float], environment: dict[str, str]) -> None:
    _, rate = tell("100 tok/s, low bandwidth", streaming({**environment, "PUNA_LOW_BANDWIDTH": "on"}, 100, *window))
    assert 1 <= rate <= 3, "less is not the whole text"


@pytest.mark.parametrize(
    "seconds", [SHORT_S, pytest.param(60.0, marks=[pytest.mark.bench, pytest.mark.slow])], ids=["short", "long"]
)
def test_idling_costs_nothing(seconds: float, environment: dict[str, str]) -> None:
    with ready(environment) as screen:
        screen.watch(3.0)  # the first gauges, and the rate of the first paint
        cpu, rate = tell("idle with gauges", [screen.watch(seconds)])
    assert cpu <= 1 + 100 * 0.01 / seconds, "and one tick of the clock that counts"
    assert rate <= 0.5


def test_typing_while_text_streams_shows_at_once(environment: dict[str, str]) -> None:
    with ready(environment) as screen:
        before = len(screen.output)
        for key in _KEYS:
            echo(screen, key)
        each = (len(screen.output) - before) / len(_KEYS)
        screen.write("\x15")
        screen.quiet(0.5)
        ask(screen, 100, 2 * SHORT_S)
        times = [echo(screen, key) * 1e3 for key in _KEYS * 2]
    late = quantiles(times, n=20)[-1]
    sys.stdout.write("\n" + row("a key while streaming, until it shows", times, "ms") + "\n")
    sys.stdout.write(row("the slowest twentieth of them, from", [late], "ms") + "\n" + row("a key", [each], "B") + "\n")
    assert each <= 150


def echo(screen: Screen, key: str) -> float:
    """Seconds until a typed character shows."""
    screen.write(key)
    return screen.until(lambda seen: key.encode() in seen)


def test_a_terminal_that_does_not_take_text_gets_little_of_it(environment: dict[str, str]) -> None:
    with ready(environment) as screen:
        ask(screen, 500, 4 * SHORT_S)
        held = len(screen.output)
        screen.sleep(SHORT_S)
        screen.write("ω")
        screen.until(lambda seen: "ω".encode() in seen)
        late = len(screen.output) - held
        sys.stdout.write("\n" + row("after 5 s without reading, until a key shows", [late / 1e3], "kB") + "\n")
        screen.until_shows("low bandwidth")
    assert late <= 25_000, "what was held back comes as one frame"


def test_a_slow_line_is_noticed_by_late_answers(environment: dict[str, str]) -> None:
    with ready(environment) as screen:
        ask(screen, 100, 4 * SHORT_S)
        assert "low bandwidth" not in screen.text
        screen.lag = 1.0
        screen.until_shows("low bandwidth")


@pytest.mark.parametrize("rounds", [pytest.param(1, id="short"), pytest.param(5, id="long", marks=pytest.mark.bench)])
def test_a_reply_goes_on_in_an_app_that_comes_back(rounds: int, environment: dict[str, str]) -> None:
    times = []
    with ready(environment) as screen:
        screen.write("@tokens=4000 @delay=0.02")
        screen.quiet(0.5)
        screen.write("\r")
        before = until_newer(screen, 20)
    for _ in range(rounds):
        begun = time.monotonic()
        with opened(environment) as screen:
            before = until_newer(screen, before)
            times.append(time.monotonic() - begun)
    sys.stdout.write("\n" + row("killed and started again, until newer text", times, "s") + "\n")
    assert median(times) <= 5, "a second on a quiet machine"


def until_newer(screen: Screen, token: int) -> int:
    """Read until a later token of the reply than this one is in view, and return the latest."""
    while (newest := max(map(int, re.findall(r"\bt(\d+)\b", screen.text)), default=0)) <= token:
        screen.watch(0.05)
    return newest
