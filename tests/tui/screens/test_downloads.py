"""How a download looks, whatever is known of it and whatever it is called."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.tui.scripted_downloads import download
from tui.actions.keymap import Keymap
from tui.panes.status import downloading
from tui.screens.downloads import about, download_row

HALF = {"total": 3_300_000_000, "completed": 1_650_000_000}


@pytest.mark.parametrize("width", [30, 71, 77])
@pytest.mark.parametrize("state", ["waiting", "running", "stalled", "paused", "failed", "done", "of the future"])
def test_every_state_fits_and_is_told_without_colour(state: str, width: int) -> None:
    item = download(
        "hf.co/\x1b[2J宽/a-very-long-name-that-goes-on", state=state, reason="no [room]\x1b[2J\nat all", **HALF
    )
    _, content = download_row(item, width)
    lines = content.plain.split("\n")
    assert len(lines) == 2
    assert all(cell_len(line) <= width for line in lines)
    assert "\x1b" not in content.plain + about(item, Keymap()).plain
    assert "no [room]" in about(item, Keymap()).plain


def test_states_have_marks_of_their_own() -> None:
    states = ("waiting", "running", "stalled", "paused", "failed", "done")
    assert len({download_row(download("m", state=state), 60)[1].plain[0] for state in states}) == len(states)


def test_what_runs_shows_pace_and_time_left() -> None:
    _, content = download_row(download("m", state="running", doing="pulling abc", rate=12e6, left=137.0, **HALF), 71)
    assert content.plain.split("\n")[0].endswith("50 % · 1.6 GB of 3.3 GB")
    assert content.plain.endswith("12 MB/s · 2:17 left")
    assert download_row(download("m", state="running", doing="pulling abc", **HALF), 71)[1].plain.endswith("connecting")
    assert download_row(download("m", state="running", doing="pulling manifest"), 71)[1].plain.endswith("connecting")


def test_a_stall_says_why_and_when_it_is_tried_again() -> None:
    _, content = download_row(download("m", state="stalled", reason="503: try later", retry_in=12.0), 71)
    assert content.plain.endswith("stalled, next try in 0:12: 503: try later")


def test_a_package_that_is_paused_begins_again() -> None:
    assert "begins again" in about(download("pip://m", state="paused"), Keymap()).plain
    assert "Space goes on." in about(download("m", state="paused"), Keymap()).plain


def test_the_status_line_names_the_first_under_way() -> None:
    one, two = download("one", state="running", **HALF), download("two")
    assert downloading([two, one]) == "↓ 50 % one +1"
    assert downloading([download("m", state="running")]) == "↓ m"
    assert downloading([download("m", state="stalled")]) == "↓ stalled m"
    assert downloading([two, download("m", state="paused")]) == ""


def test_a_failure_comes_with_what_helps() -> None:
    for reason, remedy in (
        ("pull model manifest: file does not exist", "a asks for another"),
        ("the disk is full: 4.7 MB more are needed and 2.1 MB are free", "F2 with d"),
        ("pull model manifest: unauthorized: access denied", "check the name"),
        ("digest mismatch", "r tries again"),
    ):
        assert remedy in about(download("m", state="failed", reason=reason), Keymap()).plain
