"""The real program on a terminal, whose screen and state can be looked at afterwards."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import termios
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyte

from tests.tui.commands.program import DEADLINE_S, PUNA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CTRL_C = b"\x03"
_ROWS = 24
_HIDE, _SHOW = b"\x1b[?25l", b"\x1b[?25h"
_ENTER, _LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command wrote to its terminal, and how it ended. `sane`: the terminal is as it was before."""

    status: int
    output: bytes
    columns: int
    sane: bool

    @property
    def screen(self) -> list[str]:
        """The rows of the screen down to the last that is not empty; what ran on a screen of its own is left out."""
        output = self.output
        if _ENTER in output:
            before, _, rest = output.partition(_ENTER)
            output = before + rest.rpartition(_LEAVE)[2]
        screen = pyte.Screen(self.columns, _ROWS * 4)
        pyte.ByteStream(screen).feed(output)
        rows = [row.rstrip() for row in screen.display]
        while rows and not rows[-1]:
            rows.pop()
        return rows


def on_terminal(
    *arguments: str,
    environment: Mapping[str, str],
    columns: int = 80,
    folder: Path | None = None,
    interrupt_at: bytes = b"",
) -> Shown:
    """Run a command to its end on a terminal of `columns`; Ctrl-C is typed once, when `interrupt_at` is there."""
    main, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (_ROWS, columns))
    before = termios.tcgetattr(terminal)
    process = subprocess.Popen(
        [*PUNA, *arguments],
        env=environment,
        cwd=folder,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    output = b""
    with process:
        while process.poll() is None or select.select([main], [], [], 0)[0]:
            if not select.select([main], [], [], 0.05)[0]:
                continue  # it ended in the meantime, or has nothing to say yet
            output += os.read(main, 1 << 16)
            if interrupt_at and interrupt_at in output:
                interrupt_at = b""
                os.write(main, CTRL_C)
        status = process.wait(DEADLINE_S)
    sane = termios.tcgetattr(terminal) == before and _is_clear(output, columns)
    os.close(terminal)
    os.close(main)
    return Shown(status, output, columns, sane)


def _take_terminal() -> None:
    """Ctrl-C reaches the processes of the session whose terminal it is."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _is_clear(output: bytes, columns: int) -> bool:
    """The cursor is shown, at the beginning of a line, on the usual screen, and nothing is coloured any more."""
    screen = pyte.Screen(columns, _ROWS)
    pyte.ByteStream(screen).feed(output)
    style = screen.cursor.attrs
    return (
        output.count(_HIDE) == output.count(_SHOW)
        and output.count(_ENTER) == output.count(_LEAVE)
        and screen.cursor.x == 0
        and (style.fg, style.bg) == ("default", "default")
        and not (style.bold or style.underscore or style.reverse)
    )
