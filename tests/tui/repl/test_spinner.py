"""The sign that something is waited for."""

from __future__ import annotations

from tests.tui.repl.typed import Written
from tui.repl.spinner import Spinner


class Terminal(Written):
    """A terminal of this encoding."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override] # a terminal has one that nobody changes
        return self._encoding

    def isatty(self) -> bool:
        return True


async def test_it_turns_on_one_line_and_leaves_nothing_behind() -> None:
    terminal = Terminal("utf-8")
    async with Spinner(terminal) as spinner:
        assert terminal.getvalue() == "", "what comes at once does not flicker"
        await terminal.until("⠙")
        spinner.stop()
        spinner.stop()
        terminal.write("the reply")
    assert terminal.getvalue() == "\r\x1b[K⠋ \r\x1b[K⠙ \r\x1b[Kthe reply"


async def test_it_is_ascii_where_nothing_else_is_shown() -> None:
    terminal = Terminal("iso-8859-1")
    async with Spinner(terminal):
        await terminal.until("| ")
    assert terminal.getvalue().isascii()


async def test_where_there_is_no_terminal_there_is_none() -> None:
    stream = Written()
    async with Spinner(stream) as spinner:
        spinner.stop()
    assert stream.getvalue() == ""
