from __future__ import annotations

from tui.terminal.line import QUESTION, Line


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def make() -> tuple[Line, Clock]:
    """A line to a terminal that has answered once."""
    clock = Clock()
    line = Line(clock)
    line.answer()
    return line, clock


def write(line: Line, count: int = 5000) -> None:
    line.begin()
    line.end(count)


def asked(line: Line) -> bool:
    return line.question() == QUESTION


def test_a_write_that_blocks_is_time_behind() -> None:
    line, clock = make()
    line.begin()
    clock.now += 2.0
    line.begin()  # text goes on into the same buffer
    assert line.behind() == 2.0
    line.end(100)
    assert line.behind() == 0.0
    assert line.written == 100


def test_a_terminal_that_never_answered_is_not_asked() -> None:
    line = Line(Clock())
    write(line)
    assert not asked(line)


def test_without_traffic_nothing_is_asked() -> None:
    line, clock = make()
    clock.now += 60.0
    assert not asked(line)
    write(line, 100)
    assert not asked(line)
    write(line)
    assert asked(line)
    assert not asked(line), "one at a time"


def test_an_answer_that_is_late_is_time_behind() -> None:
    line, clock = make()
    write(line)
    assert asked(line)
    clock.now += 0.1  # the way there and back
    assert 0 < line.behind() <= 0.1
    line.answer()
    assert line.behind() == 0.0
    clock.now += 1.0
    write(line)
    assert asked(line)
    clock.now += 0.15
    assert line.behind() == 0.0, "twice the usual time is nothing"
    clock.now += 1.0
    assert 0.9 < line.behind() < 1.1
    line.answer()
    assert line.behind() == 0.0


def test_a_terminal_that_ceases_to_answer_is_not_waited_for() -> None:
    line, clock = make()
    write(line)
    assert asked(line)
    clock.now += 5.0
    assert line.behind() == 0.0
    clock.now += 5.0
    write(line)
    assert not asked(line)
    line.answer()  # it does after all
    assert asked(line)


def test_leaving_waits_for_an_answer_on_its_way_and_not_for_ever() -> None:
    line, _ = make()
    line.farewell()
    write(line)
    assert asked(line)
    line.farewell()  # returns, though nothing comes
