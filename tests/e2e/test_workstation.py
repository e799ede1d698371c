"""The workstation by keyboard alone, in tmux, with real models: from an empty store to help, at two sizes.

`TRIAL_CAPTURES` names a folder that then gets each step as text and as a picture.
"""

from __future__ import annotations

import os
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from rich.text import Text

from tests.e2e.daemon import Daemon, daemon
from tests.e2e.tmux import Tmux, needs_tmux, tmux

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = [(120, 40), (80, 24)]
CAPTURES = os.environ.get("TRIAL_CAPTURES")


def keep(screen: Tmux, name: str, size: tuple[int, int]) -> None:
    """Keep the screen as text and picture, if somebody wants them."""
    if CAPTURES is None:
        return
    place = Path(CAPTURES) / f"{size[0]}x{size[1]}"
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{name}.txt").write_text(screen.text())
    console = Console(record=True, width=size[0], file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(screen.styled().rstrip("\n")), no_wrap=True, crop=False)
    console.save_svg(str(place / f"{name}.svg"), title="puna")


@pytest.fixture(params=SIZES, ids=["wide", "narrow"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    chosen: tuple[int, int] = request.param
    return chosen


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon without models that starts real engines."""
    with daemon(tmp_path) as started:
        yield started


@pytest.fixture
def puna(empty: Daemon, tmp_path: Path, size: tuple[int, int]) -> Iterator[Tmux]:
    """The app in tmux."""
    with tmux(tmp_path, [sys.executable, "-m", "tui"], size, empty.variables) as screen:
        yield screen


@needs_tmux
@pytest.mark.real
def test_a_first_day(puna: Tmux, size: tuple[int, int]) -> None:
    puna.until("Welcome to Puna")
    keep(puna, "01-first-start", size)
    puna.keys("Enter")
    puna.until("is ready for your first message")
    keep(puna, "02-ready", size)
    puna.type("Name three colours.")
    puna.keys("Enter")
    puna.until(r"tok/s · [\d.]+ s")
    keep(puna, "03-chat", size)
