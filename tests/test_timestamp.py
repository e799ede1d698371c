"""RFC 3339 times of the specification's section 0."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from backend import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.section("0")


@pytest.fixture
def in_kathmandu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "NPT-5:45")
    time.tzset()
    timestamp._second.cache_clear()
    yield
    monkeypatch.undo()
    time.tzset()
    timestamp._second.cache_clear()


@pytest.mark.parametrize(
    ("unix_ns", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_700_000_000_123_456_789, "2023-11-14T22:13:20.123456789Z"),
        (1_700_000_000_100_000_000, "2023-11-14T22:13:20.1Z"),
        (1_700_000_010_000_000_000, "2023-11-14T22:13:30Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
    ],
)
def test_fraction_has_no_trailing_zeros(unix_ns: int, text: str) -> None:
    assert timestamp.rfc3339_ns(unix_ns, local=False) == text


def test_seconds_carry_microseconds() -> None:
    assert timestamp.rfc3339(1_700_000_000.1, local=False) == "2023-11-14T22:13:20.1Z"


@pytest.mark.usefixtures("in_kathmandu")
def test_local_times_carry_the_offset() -> None:
    assert timestamp.rfc3339(1_700_000_000, local=True) == "2023-11-15T03:58:20+05:45"
    assert timestamp.rfc3339(1_700_000_000, local=False) == "2023-11-14T22:13:20Z"


def test_a_forever_time_is_readable() -> None:
    far = timestamp.rfc3339(time.time() + 292 * 365 * 86400, local=True)
    assert datetime.fromisoformat(far).year > 2300


def test_now_is_now() -> None:
    before = datetime.now(UTC)
    assert before <= datetime.fromisoformat(timestamp.now_utc())
