"""A program in tmux, driven by keys as a person drives it. Waiting ends with its output, never on a clock."""

from __future__ import annotations

import itertools
import os
import re
import select
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
_PATIENCE_S = 60.0
_READ = 1 << 16
_SERVERS = itertools.count()


@dataclass(slots=True)
class Tmux:
    """One session of a tmux server of its own. `output` is every byte that the program wrote so far."""

    server: str
    output_file: int
    output: bytearray = field(default_factory=bytearray)

    def keys(self, *names: str) -> None:
        """Press keys by tmux's names: `F2`, `Enter`, `C-n`, `M-1`."""
        self._call("send-keys", *names)

    def type(self, text: str) -> None:
        """Type text as it is."""
        self._call("send-keys", "-l", text)

    @property
    def pid(self) -> int:
        """The process that runs in it."""
        return int(self._call("display-message", "-p", "#{pane_pid}"))

    def text(self) -> str:
        """The screen as rows of text."""
        return self._call("capture-pane", "-p")

    def styled(self) -> str:
        """The screen as rows of text with its colours as escape sequences."""
        return self._call("capture-pane", "-p", "-e")

    def until(self, pattern: str, patience: float = _PATIENCE_S) -> str:
        """The screen as soon as `pattern`, a regular expression, is on it. Fails with the screen if it never is."""
        return self._wait(lambda screen: re.search(pattern, screen) is not None, f"no {pattern!r}", patience)

    def until_gone(self, pattern: str, patience: float = _PATIENCE_S) -> str:
        """The screen as soon as `pattern` is not on it."""
        return self._wait(lambda screen: re.search(pattern, screen) is None, f"still {pattern!r}", patience)

    def until_written(self, pattern: bytes, patience: float = _PATIENCE_S) -> re.Match[bytes]:
        """The first match of `pattern` in the bytes that the program wrote."""
        end = time.monotonic() + patience
        while (match := re.search(pattern, self.output)) is None:
            assert self._more(end), f"{pattern!r} was not written; the screen:\n{self.text()}"
        return match

    def _wait(self, holds: Callable[[str], bool], complaint: str, patience: float) -> str:
        end = time.monotonic() + patience
        while not holds(screen := self.text()):
            assert self._more(end), f"{complaint} on the screen:\n{screen}"
        return screen

    def _more(self, end: float) -> bool:
        """Wait for output; false when there was none until `end`."""
        ready, _, _ = select.select([self.output_file], [], [], max(0.0, end - time.monotonic()))
        if ready:
            self.output += os.read(self.output_file, _READ)
        return bool(ready)

    def _call(self, *arguments: str) -> str:
        return _tmux(self.server, *arguments)


@contextmanager
def tmux(folder: Path, command: Sequence[str], size: tuple[int, int], variables: Mapping[str, str]) -> Iterator[Tmux]:
    """`command` in a tmux of its own, until the block ends."""
    fifo, server = folder / "output", f"puna-test-{os.getpid()}-{next(_SERVERS)}"
    os.mkfifo(fifo)
    start = f"read -r _ && exec {' '.join(command)}"  # begins when the output is looked at
    settings = [argument for name, value in variables.items() for argument in ("-e", f"{name}={value}")]
    _tmux(server, "-f", os.devnull, "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), *settings, start)
    output = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        _tmux(server, "set-option", "-s", "set-clipboard", "on")
        _tmux(server, "set-option", "-g", "allow-passthrough", "on")
        _tmux(server, "pipe-pane", "-O", f"exec cat > {fifo}")
        screen = Tmux(server, output)
        screen.keys("Enter")
        yield screen
    finally:
        _tmux(server, "kill-server")
        os.close(output)


def _tmux(server: str, *arguments: str) -> str:
    # A size in the environment would go before that of the terminal.
    clean = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    command = ["tmux", "-L", server, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=clean).stdout
