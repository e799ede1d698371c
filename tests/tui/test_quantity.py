from __future__ import annotations

import math

import pytest
from rich.cells import cell_len

from tui.quantity import bar, clock, count, fit, percent, rate, size, span


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "2 kB"), (98_400_000, "98 MB"), (1_234_000_000, "1.2 GB"), (-5, "0 B")],
)
def test_size_is_decimal(value: float, text: str) -> None:
    assert size(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(271, "4:31"), (270.2, "4:31"), (3871, "1:04:31"), (-3, "0:00"), (math.inf, "∞")]
)
def test_clock_counts_down_to_nothing(value: float, text: str) -> None:
    assert clock(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(300, "5m"), (5400, "1h30m"), (45, "45s"), (0, "0"), (math.inf, "forever"), (-1, "forever")]
)
def test_span_is_written_as_a_setting(value: float, text: str) -> None:
    assert span(value) == text


def test_rates_counts_and_shares() -> None:
    assert (rate(84.2), rate(3.16), count(8192), percent(0.43), percent(7)) == (
        "84 tok/s",
        "3.2 tok/s",
        "8,192",
        "43 %",
        "100 %",
    )


def test_bar_is_always_as_wide_as_asked() -> None:
    assert [cell_len(bar(share, 10)) for share in (-1, 0, 0.5, 1, 3)] == [10] * 5
    assert bar(0.5, 4) == "━━──"


@pytest.mark.parametrize(("text", "width"), [("short", 10), ("much too long", 6), ("宽宽宽宽", 5), ("ab", 0)])
def test_fit_never_exceeds_the_width(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) <= width
