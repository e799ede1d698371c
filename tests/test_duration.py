"""Go's durations and the values of `keep_alive`."""

from __future__ import annotations

import math

import pytest

from backend.duration import FOREVER, parse_duration, parse_keep_alive
from backend.errors import BadRequest

pytestmark = pytest.mark.section("A.6")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("5m0s", 300.0),
        ("300ms", 0.3),
        ("1.5h", 5400.0),
        (".5s", 0.5),
        ("1.s", 1.0),
        ("2us", 2e-6),
        ("2µs", 2e-6),
        ("2μs", 2e-6),
        ("7ns", 7e-9),
        ("0", 0.0),
        ("-0", 0.0),
        ("-1m30s", -90.0),
        ("+2s", 2.0),
        ("2540400h", 9145440000.0),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10", 'time: missing unit in duration "10"'),
        ("-1", 'time: missing unit in duration "-1"'),
        ("1h5", 'time: missing unit in duration "1h5"'),
        ("5x", 'time: unknown unit "x" in duration "5x"'),
        ("5min", 'time: unknown unit "min" in duration "5min"'),
        ("1d", 'time: unknown unit "d" in duration "1d"'),
        *((text, f'time: invalid duration "{text}"') for text in ("", "-", "s", ".", ".s", "-+5s", " 1s", "\u0665s")),
        ("1s ", 'time: unknown unit "s " in duration "1s "'),
        ("9999999999h", 'time: invalid duration "9999999999h"'),
    ],
)
def test_what_is_no_duration_is_refused_in_gos_words(text: str, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_duration(text)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *((0, 0.0), (10, 10.0), (0.2, 0.2), ("0", 0.0), ("300ms", 0.3), (1e9, 1e9)),
        *((-1, FOREVER), (-0.5, FOREVER), ("-1s", FOREVER), ("-5m", FOREVER), (1e300, FOREVER)),
        *((math.inf, FOREVER), (-math.inf, FOREVER), (math.nan, FOREVER)),
    ],
)
def test_how_long_a_model_is_kept(value: object, seconds: float) -> None:
    assert parse_keep_alive(value) == pytest.approx(seconds)


@pytest.mark.parametrize(("value", "name"), [(True, "bool"), ([], "list"), ({}, "dict"), (None, "NoneType")])
def test_other_types_are_refused_by_name(value: object, name: str) -> None:
    with pytest.raises(BadRequest, match=f"Unsupported type: '{name}'"):
        parse_keep_alive(value)
