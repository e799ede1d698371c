"""`puna top`: what runs on the backend, as text that renews itself on a terminal and can be piped."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from contextlib import aclosing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import click

from backend.errors import BackendError, ConnectFailed, NotFound
from tui.advice import NO_PUNA
from tui.backend_process import connected
from tui.commands.interruption import standing
from tui.commands.json_text import dump
from tui.commands.place import in_force
from tui.commands.running_text import running_lines
from tui.commands.table import shortened
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

    from backend.settings import Settings
    from backend.wire.workstation import Snapshot

_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_HOME, _END_LINE, _END_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"
_EARLY_S = 0.1  # a snapshot that comes so much too early is taken: the next would be late


@click.command("top")
@click.option("--interval", type=click.FloatRange(0.2, 3600), metavar="SECONDS", help="How often it is renewed; 1.")
@click.option("--once", is_flag=True, help="Print what runs now, and end.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line for each moment.")
def command(interval: float | None, *, once: bool, as_json: bool) -> None:
    """Show what runs: the machine, loaded models, live requests of every client, downloads.

    On a terminal it renews itself until Ctrl-C. Elsewhere it is printed once, or again and again with --interval.
    """
    terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    ends = once or (interval is None and not sys.stdout.isatty())
    view = _View(as_json=as_json, live=terminal and not ends and not as_json)
    with standing("Ended. The backend goes on."), view.shown():
        asyncio.run(_watch(in_force(), view, interval or 1.0, ends=ends))


class _View:
    """Where moments are written: in place on a terminal, else one after the other."""

    def __init__(self, *, as_json: bool, live: bool) -> None:
        self._as_json = as_json
        self._live = live
        self._last: list[str] = []
        self._blocks = 0

    @contextmanager
    def shown(self) -> Iterator[None]:
        """A live view has the screen to itself; what it showed last stays when it ends, whichever way."""
        if not self._live:
            yield
            return
        try:
            self._write(_ENTER)
            yield
        finally:
            self._write(_LEAVE + "".join(f"{line}\n" for line in self._last))

    def show(self, snapshot: Snapshot, place: str) -> None:
        """Show a newer moment."""
        if self._as_json:
            self._write(f"{json.dumps(json.loads(dump(snapshot)))}\n")
            return
        lines = [_title(snapshot, place), "", *running_lines(snapshot)]
        if self._live:
            self._draw(lines)
        else:
            self._write("\n" * bool(self._blocks) + "".join(f"{line}\n" for line in lines))
        self._blocks += 1

    def _draw(self, lines: list[str]) -> None:
        size = shutil.get_terminal_size()
        self._last = [shortened(line, size.columns) for line in lines[: size.lines]]
        self._write(_HOME + f"{_END_LINE}\r\n".join(self._last) + _END_LINE + _END_SCREEN)

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _title(snapshot: Snapshot, place: str) -> str:
    now = datetime.now().astimezone()
    return clean_line(f"puna {snapshot.version} at {place}, {now:%H:%M:%S}")


async def _watch(settings: Settings, view: _View, interval: float, *, ends: bool) -> None:
    async with connected(settings) as client:
        async for snapshot in _spaced(client.events(), interval):
            view.show(snapshot, client.place)
            if ends:
                return
    raise ConnectFailed("the backend closed the line; `puna top` again shows whether it is there")


async def _spaced(events: AsyncGenerator[Snapshot, None], interval: float) -> AsyncIterator[Snapshot]:
    """Of the moments that come, one in `interval` seconds."""
    due = time.monotonic()
    async with aclosing(events) as stream:
        try:
            async for snapshot in stream:
                now = time.monotonic()
                if now >= due - _EARLY_S:
                    due = max(due + interval, now + interval - _EARLY_S)
                    yield snapshot
        except NotFound:
            raise BackendError(NO_PUNA) from None
