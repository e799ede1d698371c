from __future__ import annotations

from backend.registry.stopwatch import Stopwatch


def test_two_at_the_same_time_count_twice() -> None:
    times = iter([0.0, 1.0, 2.0, 4.0, 5.0, 9.0])
    watch = Stopwatch(lambda: next(times))
    with watch, watch:  # from 1 to 5 and from 2 to 4
        pass
    assert watch.seconds == 6.0


def test_what_has_not_ended_counts_up_to_now() -> None:
    times = iter([0.0, 1.0, 3.0, 3.0])
    watch = Stopwatch(lambda: next(times))
    with watch:
        assert watch.seconds == 2.0
