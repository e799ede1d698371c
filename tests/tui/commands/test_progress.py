"""The progress line of pull and create."""

from __future__ import annotations

import io

import pytest

from tui.commands.progress import ProgressLine, bar_line

STATUS = "pulling 8eeb52dfb3bb"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_elsewhere_than_on_a_terminal_each_status_is_one_line() -> None:
    out = io.StringIO()
    line = ProgressLine(out)
    for status, completed in [("pulling manifest", 0), (STATUS, 0), (STATUS, 5), (STATUS, 10), ("success", 0)]:
        line.update(status, completed, 10)
    line.finish()
    assert out.getvalue() == f"pulling manifest\n{STATUS}\nsuccess\n"


def test_a_terminal_gets_a_bar_that_is_drawn_at_most_ten_times_a_second() -> None:
    out, clock = Terminal(), Clock()
    line = ProgressLine(out, width=lambda: 80, clock=clock)
    for completed in range(1_000_000, 100_000_000, 1_000_000):
        clock.now += 0.01
        line.update(STATUS, completed, 100_000_000)
    assert out.getvalue().count("\r") <= 11
    line.finish()
    last = out.getvalue().rstrip("\n").split("\r")[-1].removesuffix("\x1b[K")
    assert last.startswith(f"{STATUS}:  99% ▕█")
    assert len(last) == 77


def test_a_status_without_size_spins_and_then_stands() -> None:
    out, clock = Terminal(), Clock()
    line = ProgressLine(out, width=lambda: 80, clock=clock)
    line.update("pulling manifest")
    clock.now += 0.15
    line.draw()
    line.update("success")
    frames = out.getvalue().split("\r")
    assert frames[1] != frames[2]
    assert frames[3] == "pulling manifest\x1b[K\n"


@pytest.mark.parametrize("width", [10, 30, 60, 80, 200])
def test_a_bar_fits_its_width(width: int) -> None:
    out = Terminal()
    line = ProgressLine(out, width=lambda: width, clock=Clock())
    line.update(STATUS, 120_000_000, 270_000_000)
    assert all(len(frame.removesuffix("\x1b[K")) < width for frame in out.getvalue().split("\r"))


def test_a_bar_tells_share_sizes_rate_and_rest() -> None:
    line = bar_line(STATUS, 120_000_000, 270_000_000, width=90, elapsed=5.0, fetched=60_000_000)
    assert line.startswith("pulling 8eeb52dfb3bb:  44% ▕██")
    assert line.endswith("▏ 120 MB/270 MB    12 MB/s     12s")
    assert len(line) == 90


def test_a_finished_bar_tells_the_size_alone() -> None:
    line = bar_line(STATUS, 270, 270, width=60, elapsed=5.0, fetched=270)
    assert line.endswith("█▏  270 B/270 B")
    assert " ▏" not in line


def test_a_stalled_bar_has_no_rate() -> None:
    assert bar_line(STATUS, 5, 10, width=80, elapsed=3.0, fetched=0).rstrip().endswith("5 B/10 B")


def test_a_status_cannot_steer_the_terminal() -> None:
    out = io.StringIO()
    ProgressLine(out).update("evil\x1b[2J\nstatus")
    assert out.getvalue() == "evil[2J status\n"
