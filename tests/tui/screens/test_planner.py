"""The screen that plans a load."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from backend.errors import ConnectFailed
from backend.wire.workstation import EvictionView
from tests.tui.opened import NARROW, opened, press, shown
from tests.tui.scripted import ScriptedBackend
from tests.tui.scripted_monitor import GB, box, estimate
from tui.screens.planner import Planner, box_lines, outcome, verdict

TEXT = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("[]/\x1b\u009b\n\t宽")), max_size=40)


def words(**changes: Any) -> str:
    return " ".join(line.plain for line in verdict(estimate(**changes), 80))


def test_a_bar_has_a_part_for_each_kind_of_memory() -> None:
    head, bar, legend = (line.plain for line in box_lines(box(), 80))
    assert head.startswith("RAM 8.0 GB ")
    assert head.endswith(" 3.4 GB left")
    assert bar == "▓" * 30 + "█" * 10 + "▒" * 5 + "░" + "·" * 34
    assert " ".join(legend.split()) == "▓ others 3.0 GB █ weights 1.0 GB ▒ KV cache 500 MB ░ buffers 100 MB"


def test_what_is_missing_is_told_and_the_bar_stays_in_its_place() -> None:
    head, bar, _ = (line.plain for line in box_lines(box(weights=9 * GB), 60))
    assert head.endswith(" 4.6 GB missing")
    assert 58 <= cell_len(bar) <= 60
    assert "·" not in bar


def test_the_verdict_says_what_enter_would_do() -> None:
    assert words() == "Fits; nothing is unloaded."
    evicted = [EvictionView(runner="1", model="a:latest", busy=False), EvictionView(runner="2", model="b", busy=True)]
    assert words(evicts=evicted) == "Unloads a, b (busy: waits for it). Fits."
    assert "m takes the longest context that fits" in words(fits=False)
    assert "fewer slots" in words(fits=False, most_context=0)
    assert words(loaded=True) == "It is loaded like this already."
    assert words(refusal="it is too big") == "it is too big"


@given(TEXT, st.integers(0, 200), st.integers(0, 200), st.integers(24, 90))
def test_every_line_has_the_width_whatever_the_figures(name: str, taken: int, weights: int, width: int) -> None:
    lines = box_lines(box(name, taken=taken * GB, weights=weights * GB), width)[:2]
    assert all(cell_len(line.plain) <= max(width, 40) for line in lines)
    told = outcome(estimate(boxes=[box(name)], refusal=name), width).plain
    assert not any((ord(letter) < 32 and letter != "\n") or 0x7F <= ord(letter) < 0xA0 for letter in told)


async def test_the_planner_fits_a_narrow_terminal_and_asks_again_with_every_change() -> None:
    backend = ScriptedBackend("smollm2:135m")
    backend.monitor.estimated = estimate(boxes=[box("NVIDIA H100"), box()], layers=31, layers_on_gpu=31)
    async with opened(backend, NARROW) as (_, pilot):
        await press(pilot, "f2", "P")
        text = shown(pilot.app)  # type: ignore[arg-type] # the app of `opened`
        assert "layers on GPU" in text
        assert "Enter load" in text
        assert "Fits; nothing is unloaded." in text
        await press(pilot, "up", "left", "m", "backspace")
        asked = [request.num_parallel for request in backend.asked("estimate")]  # type: ignore[attr-defined]
        assert asked == [None, 2, 2, None]
        contexts = [request.options.get("num_ctx") for request in backend.asked("estimate")]  # type: ignore[attr-defined]
        assert contexts == [None, None, 8192, 8192]


async def test_what_can_never_be_loaded_is_not_loaded() -> None:
    backend = ScriptedBackend("smollm2:135m")
    backend.monitor.estimated = estimate(refusal="model requires more system memory", fits=False)
    async with opened(backend) as (app, pilot):
        await press(pilot, "f2", "l")
        assert isinstance(app.screen, Planner)
        await press(pilot, "enter")
        assert isinstance(app.screen, Planner)
        assert backend.asked("planned load") == []


async def test_a_backend_that_is_gone_is_told_in_the_planner() -> None:
    backend = ScriptedBackend("smollm2:135m")
    async with opened(backend) as (app, pilot):
        backend.refuse = ConnectFailed("no backend answers")
        await press(pilot, "f2", "P")
        assert "no backend answers" in shown(app)
        await press(pilot, "right", "enter", "escape")
        assert app.screen is app.panes
