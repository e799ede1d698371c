"""The proof of the frame diff: after any events an emulated terminal shows what the compositor drew."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.screen import ModalScreen, Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Input, Static

from tests.tui.terminal.emulator import EmulatedDriver, differing_rows, expected, flushed, sent, terminal_of
from tui.terminal.frame_diff import FrameDiff
from tui.terminal.pace import LowBandwidth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.app import ComposeResult
    from textual.pilot import Pilot

_STYLES = ["", "bold", "bold red", "italic #10a0ff", "reverse", "on blue", "underline color(200) on #203040", "strike"]
# Marks stand behind a letter: at the start of a row there is nothing for them to combine with.
_ALPHABET = [*"ab \u00e9\u2500\u2588漢字한🚀⚠", "e\u0301", "n\u0303"]
_TEXT = st.lists(st.sampled_from(_ALPHABET), min_size=1, max_size=30).map("".join)
TEXTS = st.lists(st.tuples(_TEXT, st.sampled_from(_STYLES)), max_size=4)
OPERATIONS = st.one_of(
    st.tuples(st.just("write"), TEXTS),
    st.tuples(st.just("scroll"), st.integers(-12, 12)),
    st.tuples(st.just("type"), st.sampled_from(["a", "space", "漢", "é", "backspace", "left"])),
    st.tuples(st.just("overlay"), st.integers(0, 20)),
    st.tuples(st.sampled_from(["modal", "screen", "suspend", "theme", "repaint"]), st.none()),
    st.tuples(st.just("resize"), st.tuples(st.integers(10, 70), st.integers(4, 24))),
)


class Log(ScrollView):
    """Lines of styled text."""

    DEFAULT_CSS = "Log { height: 1fr; scrollbar-size-vertical: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.strips: list[Strip] = []

    def append(self, pieces: list[tuple[str, str]]) -> None:
        self.strips.append(Strip([Segment(text, Style.parse(style)) for text, style in pieces]))
        self.virtual_size = Size(60, len(self.strips))
        self.refresh_lines(len(self.strips) - 1)

    def render_line(self, y: int) -> Strip:
        row, width = self.scroll_offset.y + y, self.size.width
        if row >= len(self.strips):
            return Strip.blank(width, self.rich_style)
        return self.strips[row].adjust_cell_length(width, self.rich_style).apply_style(self.rich_style)


class Modal(ModalScreen[None]):
    """Lies over the log."""

    CSS = "Modal { align: center middle; } Static { width: 9; height: 3; background: darkgreen; }"

    def compose(self) -> ComposeResult:
        yield Static("over 漢字 it")


class Other(Screen[None]):
    """Another screen."""

    def compose(self) -> ComposeResult:
        yield Static("another screen 한 " * 20)


class DemoApp(FrameDiff):
    """Scrolling text, an overlay, a field."""

    AUTO_FOCUS = "#field"

    def __init__(self, low_bandwidth: LowBandwidth = LowBandwidth.AUTO) -> None:
        super().__init__(low_bandwidth)
        self.console._color_system = ColorSystem.TRUECOLOR

    CSS = """
    Screen { layers: base above; }
    #overlay { layer: above; width: 12; height: 4; background: $primary; }
    """

    def compose(self) -> ComposeResult:
        self.log_view = Log()
        yield self.log_view
        field = Input(id="field")
        field.cursor_blink = False
        yield field
        overlay = Static("漢字漢字漢字 é", id="overlay")
        overlay.display = False
        yield overlay


@asynccontextmanager
async def shown(app: FrameDiff, size: tuple[int, int] = (60, 16)) -> AsyncIterator[Pilot[None]]:
    """The app, running in an emulated terminal."""
    app.driver_class = EmulatedDriver
    async with app.run_test(headless=False, size=size) as pilot:
        app.animation_level = "none"
        await flushed(pilot, app)
        yield pilot


async def operate(app: DemoApp, pilot: Pilot[None], name: str, value: object) -> None:
    """Do one of the random things."""
    overlay = app.screen_stack[0].query_one("#overlay")
    match name, value:
        case "write", list(pieces):
            app.log_view.append(pieces)
        case "scroll", int(lines):
            app.log_view.scroll_relative(y=lines, animate=False)
        case "type", str(key):
            await pilot.press(key)
        case "overlay", int(place):
            overlay.display = not overlay.display
            overlay.styles.offset = (place, place // 3)
        case "modal", _:
            app.pop_screen() if len(app.screen_stack) > 1 else app.push_screen(Modal())
        case "screen", _:
            app.pop_screen() if len(app.screen_stack) > 1 else app.push_screen(Other())
        case "suspend", _:
            with app.suspend():
                terminal_of(app).scribble("vi")
        case "theme", _:
            app.theme = "textual-light" if app.theme == "textual-dark" else "textual-dark"
        case "repaint", _:
            app.screen.refresh()
        case "resize", (int(width), int(height)):
            terminal_of(app).resize(width, height)
            await pilot.resize_terminal(width, height)


async def trial(operations: list[tuple[str, object]]) -> None:
    """Compare after every operation."""
    app = DemoApp()
    async with shown(app) as pilot:
        assert differing_rows(app) == []
        for name, value in operations:
            await operate(app, pilot, name, value)
            await flushed(pilot, app)
            assert differing_rows(app) == [], (name, value)


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(st.lists(OPERATIONS, min_size=3, max_size=15))
def test_the_terminal_shows_what_the_compositor_drew(operations: list[tuple[str, object]]) -> None:
    asyncio.run(trial(operations))


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(st.lists(OPERATIONS, min_size=5, max_size=40))
def test_the_terminal_shows_what_the_compositor_drew_however_long(operations: list[tuple[str, object]]) -> None:
    asyncio.run(trial(operations))


async def test_what_is_shown_already_is_not_sent_again() -> None:
    app = DemoApp()
    async with shown(app) as pilot:
        app.log_view.append([("one line", "bold")])
        await flushed(pilot, app)
        before = len(sent(app))
        app.screen.refresh()
        app.log_view.refresh()
        await flushed(pilot, app)
        assert sent(app)[before:] == []
        app.log_view.append([("x", "")])
        await flushed(pilot, app)
        assert len("".join(sent(app)[before:])) < 60


async def test_a_typed_character_costs_little_and_shows_before_the_clock() -> None:
    app = DemoApp()
    async with shown(app) as pilot:
        await pilot.press("a")
        await flushed(pilot, app)
        before = len(sent(app))
        app.pace._slow = True
        await pilot.press("b")
        await pilot.pause()
        assert app._flush_timer is None
        assert 1 <= len("".join(sent(app)[before:])) <= 150
        assert "ab" in terminal_of(app).screen.display[14]


async def test_a_batch_shows_when_it_ends() -> None:
    app = DemoApp()
    async with shown(app) as pilot:
        before = len(sent(app))
        with app.batch_update():
            app.log_view.append([("first", "")])
            app.log_view.append([("second", "")])
            await pilot.pause()
            assert sent(app)[before:] == []
        await flushed(pilot, app)
        assert "second" in "".join(cell.data for cell in expected(app)[1])
        assert differing_rows(app) == []


async def test_after_low_bandwidth_the_screen_is_written_in_its_own_colours() -> None:
    app = DemoApp(LowBandwidth.ON)
    async with shown(app) as pilot:
        app.log_view.append([("one", "#fe0102")])
        await flushed(pilot, app)
        assert "38;5;196" in "".join(sent(app))
        app.pace.choice = LowBandwidth.OFF
        app.log_view.append([("two", "")])
        await flushed(pilot, app)
        await flushed(pilot, app)
        assert "38;2;254;1;2" in "".join(sent(app))
        assert differing_rows(app) == []


async def test_what_others_wrote_on_the_screen_goes_when_it_is_drawn_again() -> None:
    app = DemoApp()
    async with shown(app) as pilot:
        terminal_of(app).scribble("a message of the system")
        assert differing_rows(app)
        app.redraw()
        await flushed(pilot, app)
        assert differing_rows(app) == []
