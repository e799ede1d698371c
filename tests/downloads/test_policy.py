"""What runs now, and when a failed download is tried again."""

from __future__ import annotations

import pytest

from backend.downloads.download import Download
from backend.downloads.meter import Meter
from backend.downloads.policy import Pace, due, gives_up, wait
from backend.downloads.state import TRANSITIONS, State, check
from backend.store import ModelName


def one(name: str, state: State = State.WAITING, retry_at: float = 0.0) -> Download:
    return Download(name, name, ModelName.parse(name), insecure=False, state=state, retry_at=retry_at)


def test_the_first_ones_that_are_ready_fill_the_free_places() -> None:
    queue = [one("a", State.PAUSED), one("b"), one("c", State.STALLED, 5.0), one("d"), one("e", State.FAILED)]
    assert [item.id for item in due(queue, 2, 0.0)] == ["b", "d"]
    assert [item.id for item in due(queue, 2, 5.0)] == ["b", "c"]
    assert [item.id for item in due(queue, 1, 0.0)] == ["b"]


def test_the_clock_matters_while_a_place_is_free_alone() -> None:
    queue = [one("a", State.STALLED, 7.0), one("b", State.STALLED, 9.0), one("c", State.PAUSED)]
    assert wait(queue, 1, 5.0) == 2.0
    assert wait(queue, 1, 8.0) == 0.0
    assert wait(queue, 0, 5.0) is None
    assert wait(queue[2:], 1, 5.0) is None


def test_waits_double_up_to_a_minute() -> None:
    assert [Pace().delay(tries) for tries in (1, 2, 3, 6, 7, 1000)] == [1, 2, 4, 32, 60, 60]


def test_what_has_begun_is_never_given_up() -> None:
    download = one("a")
    download.tries = 4
    assert gives_up(download)
    download.total = 1
    assert not gives_up(download)


@pytest.mark.parametrize("state", State)
def test_only_listed_ways_lead_on(state: State) -> None:
    for other in State:
        if other in TRANSITIONS[state]:
            assert check(state, other) is other
        else:
            with pytest.raises(ValueError, match="cannot go from"):
                check(state, other)


def test_a_rate_is_that_of_the_last_seconds() -> None:
    meter = Meter()
    assert meter.rate(0.0) == 0.0
    for second in range(20):
        meter.add(float(second), second * 100 if second < 10 else 900 + (second - 9) * 10)
    assert 9.0 <= meter.rate(19.0) <= 11.0
    assert meter.rate(100.0) < 2.0
    meter.restart(100.0, 7)
    assert meter.rate(101.0) == 0.0
