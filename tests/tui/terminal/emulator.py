"""A driver that shows an app in a terminal emulator instead of a terminal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pyte
from textual.driver import Driver
from textual.events import Resize
from textual.geometry import Size

if TYPE_CHECKING:
    from textual.app import App
    from textual.pilot import Pilot

    from tui.terminal.frame_diff import FrameDiff

Cells = list[list[Any]]


class EmulatedDriver(Driver):
    """Feeds `pyte`. `sent` is everything that was written."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.terminal = Terminal(*(size or (80, 24)))
        self.sent: list[str] = []

    @property
    def can_suspend(self) -> bool:
        return True

    def write(self, data: str) -> None:
        self.sent.append(data)
        self.terminal.stream.feed(data)

    def start_application_mode(self) -> None:
        size = Size(self.terminal.screen.columns, self.terminal.screen.lines)
        asyncio.get_running_loop().call_soon(self._app.post_message, Resize(size, size))

    def disable_input(self) -> None:
        """There is none."""

    def stop_application_mode(self) -> None:
        self.terminal.scribble("another program")

    def close(self) -> None:
        """Nothing to close."""


class Terminal:
    """A screen whose lines do not wrap, as Textual sets it up."""

    def __init__(self, width: int, height: int) -> None:
        self.screen = pyte.Screen(width, height)
        self.stream = pyte.Stream(self.screen)
        self.stream.feed("\x1b[?7l")

    def scribble(self, text: str) -> None:
        """Someone else writes all over the screen."""
        self.stream.feed(f"\x1b[H\x1b[m{text * 200}\x1b[H")

    def resize(self, width: int, height: int) -> None:
        """The window gets another size, which does no good to what it shows."""
        self.screen.resize(height, width)
        self.scribble("moved")

    def cells(self) -> Cells:
        """Character and look of every cell."""
        return [[self.screen.buffer[y][x] for x in range(self.screen.columns)] for y in range(self.screen.lines)]


def expected(app: FrameDiff) -> Cells:
    """What the terminal would show of the compositor's strips, written by Textual's own means."""
    strips = app.screen._compositor.render_strips()
    terminal = Terminal(*app.size)
    for y, strip in enumerate(strips):
        terminal.stream.feed(f"\x1b[{y + 1};1H{strip.render(app.console)}")
    return terminal.cells()


def terminal_of(app: FrameDiff) -> Terminal:
    """The emulator that an app writes to."""
    driver = app._driver
    assert isinstance(driver, EmulatedDriver)
    return driver.terminal


def sent(app: FrameDiff) -> list[str]:
    """What an app wrote so far."""
    driver = app._driver
    assert isinstance(driver, EmulatedDriver)
    return driver.sent


async def flushed(pilot: Pilot[None], app: FrameDiff) -> None:
    """Let the app paint, and its clock run out."""
    async with asyncio.timeout(20):
        await pilot.pause()
        while app._flush_timer is not None:
            await pilot.pause(0.01)


def differing_rows(app: FrameDiff) -> list[int]:
    """Rows where the emulated screen is not what the compositor drew."""
    pairs = zip(terminal_of(app).cells(), expected(app), strict=True)
    return [y for y, (shown, wanted) in enumerate(pairs) if seen(shown) != seen(wanted)]


def seen(row: list[Any]) -> list[Any]:
    """A row without what cannot be seen: the colour and the weight of blanks."""
    return [_bare(cell) if cell.data == " " and not cell.reverse else cell for cell in row]


def _bare(cell: Any) -> Any:
    lined = cell.underscore or cell.strikethrough
    return cell if lined else cell._replace(fg="default", bold=False, italics=False, blink=False)
