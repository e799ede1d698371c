from __future__ import annotations

from tui.terminal.pace import FLUSH_S, GAUGES_S, LOW_FLUSH_S, LowBandwidth, Pace


def test_a_line_that_keeps_up_is_flushed_at_the_usual_pace() -> None:
    pace = Pace()
    for second in range(100):
        pace.delayed(0.2, second)
    assert not pace.low
    assert pace.flush_s == FLUSH_S


def test_a_line_far_behind_makes_bandwidth_low_until_it_has_been_calm_for_a_while() -> None:
    pace = Pace()
    pace.delayed(0.6, 0.0)
    assert pace.low
    assert pace.flush_s == LOW_FLUSH_S >= 0.25
    pace.delayed(0.0, 1.0)
    pace.delayed(0.2, 5.0)  # not so far behind, but no calm
    pace.delayed(0.0, 14.9)
    assert pace.low
    pace.delayed(0.0, 15.1)
    assert not pace.low


def test_one_that_falls_back_at_once_is_given_longer_each_time() -> None:
    pace, now, calm = Pace(), 0.0, []
    for _ in range(8):
        pace.delayed(1.0, now)
        begun = now
        while pace.low:
            now += 1.0
            pace.delayed(0.0, now)
        calm.append(now - begun)
        now += 1.0
    assert calm == [10, 20, 40, 80, 160, 300, 300, 300]
    pace.delayed(1.0, now + 100)  # which was long enough a peace
    pace.delayed(0.0, now + 110)
    assert not pace.low


def test_the_user_has_the_last_word() -> None:
    off, on = Pace(LowBandwidth.OFF), Pace(LowBandwidth.ON)
    off.delayed(9.0, 0.0)
    on.delayed(0.0, 0.0)
    assert (off.low, on.low) == (False, True)
    assert [choice.following for choice in LowBandwidth] == [LowBandwidth.ON, LowBandwidth.OFF, LowBandwidth.AUTO]


def test_the_rate_is_told_in_calm_figures_and_not_when_hardly_anything_is_written() -> None:
    pace = Pace()
    assert pace.rate(0.0) == 0.0
    for tick in range(100):
        pace.wrote(500, 1.0 + tick * 0.05)
    assert pace.rate(2.9) == 0.0, "it was told just now"
    assert 9_000 < pace.rate(6.0) <= 10_000
    assert pace.rate(8.9) == pace.rate(6.0)
    pace.wrote(1000, 20.0)
    assert pace.rate(20.0) == 0.0


def test_gauges_wait_only_while_bandwidth_is_low() -> None:
    pace = Pace()
    assert [pace.gauges_due(at) for at in (0.0, 0.5, 1.0)] == [True, True, True]
    pace.choice = LowBandwidth.ON
    assert [pace.gauges_due(at) for at in (2.0, 1.0 + GAUGES_S, 2.0 + GAUGES_S)] == [False, True, False]
