"""The words of the specification's section J."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.duration import parse_duration
from tui.commands.units import bytes_text, duration_words, go_duration, parse_time, relative_time

NOW = datetime(2026, 8, 21, 12, tzinfo=UTC)
HOUR = 3600.0
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 KB"),
        (1550, "1.6 KB"),
        (9_999, "10.0 KB"),
        (98_362_432, "98 MB"),
        (253_113_024, "253 MB"),
        (1_200_000_000, "1.2 GB"),
        (2_000_000_000, "2 GB"),
        (40_900_000_000, "40 GB"),
        (1_500_000_000_000, "1.5 TB"),
    ],
)
def test_bytes(size: int, text: str) -> None:
    assert bytes_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.9, "Less than a second"),
        (1, "1 second"),
        (59.9, "59 seconds"),
        (60, "About a minute"),
        (119, "About a minute"),
        (299, "4 minutes"),
        (0.99 * HOUR, "59 minutes"),
        (HOUR, "About an hour"),
        (1.6 * HOUR, "2 hours"),
        (47.4 * HOUR, "47 hours"),
        (2 * DAY, "2 days"),
        (13.9 * DAY, "13 days"),
        (14 * DAY, "2 weeks"),
        (59 * DAY, "8 weeks"),
        (60 * DAY, "2 months"),
        (729 * DAY, "24 months"),
        (730 * DAY, "2 years"),
    ],
)
def test_duration_words(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


@pytest.mark.parametrize(
    ("timestamp", "words"),
    [
        ("2026-08-18T12:00:00Z", "3 days ago"),
        ("2026-08-21T14:04:59.123456789+02:00", "4 minutes from now"),
        ("2026-08-21T12:00:00Z", "Less than a second ago"),
        ("2318-11-01T00:00:00Z", "Forever"),
        ("0001-01-01T00:00:00Z", "Never"),
        ("", "Never"),
        ("yesterday", "Never"),
        ("2026-08-21T11:00:00", "About an hour ago"),
    ],
)
def test_relative_time(timestamp: str, words: str) -> None:
    assert relative_time(timestamp, NOW) == words


def test_a_time_without_zone_is_utc() -> None:
    assert parse_time("2026-08-21T12:00:00") == NOW
    assert parse_time("2026-08-21T12:00:00.999999999Z") == NOW + timedelta(microseconds=999_999)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (7, "7ns"),
        (350_000, "350µs"),
        (12_300_000, "12.3ms"),
        (999_999_999, "999.999999ms"),
        (1_234_567_000, "1.234567s"),
        (62_500_000_000, "1m2.5s"),
        (3_600_000_000_000, "1h0m0s"),
    ],
)
def test_go_duration(nanoseconds: int, text: str) -> None:
    assert go_duration(nanoseconds) == text


@given(st.integers(0, 10**15))
def test_a_printed_duration_parses_to_itself(nanoseconds: int) -> None:
    assert round(parse_duration(go_duration(nanoseconds)) * 1e9) == pytest.approx(nanoseconds, abs=1)
