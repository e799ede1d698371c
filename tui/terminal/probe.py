"""Asks the terminal what it is and can do. Asking takes a bounded time; reading the answers is pure.

Sequences: XTVERSION, DECRQM and DA1 are xterm's (ctlseqs), the keyboard's and the graphics' queries kitty's. DA1 is
asked last, since every terminal answers it: what has not answered before then will not.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
import termios
import time
import tty
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.terminal.multiplexer import Multiplexer
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Mapping

WAIT_S = 1.0
_MOST_BYTES = 4096
_VERSION, _SYNCHRONISED, _KEYBOARD, _DEVICE = "\x1b[>q", "\x1b[?2026$p", "\x1b[?u", "\x1b[c"
_GRAPHICS = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
_WIPE = "\r\x1b[K"  # what a terminal showed of a sequence that it does not know
_MUTE = frozenset({"", "dumb", "linux"})  # terminals that show some of the sequences as text

_VERSION_REPLY = re.compile(r"\x1bP>\|([^\x1b\x07]{0,100})(?:\x1b\\|\x07)")
_SYNCHRONISED_REPLY = re.compile(r"\x1b\[\?2026;(\d)\$y")
_KEYBOARD_REPLY = re.compile(r"\x1b\[\?(\d+)u")
_GRAPHICS_REPLY = re.compile(r"\x1b_Gi=31;([^\x1b]{0,100})\x1b\\")
_DEVICE_REPLY = re.compile(r"\x1b\[\?([\d;]{0,100})c")
_TMUX_FORMAT = "#{version} #{set-clipboard} #{allow-passthrough}"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a terminal told; `None` where it said nothing. `seconds`: from asking to the last answer."""

    version: str = ""
    synchronised: bool | None = None
    keyboard: bool | None = None
    kitty_images: bool | None = None
    attributes: frozenset[int] | None = None
    seconds: float | None = None

    @property
    def sixel(self) -> bool:
        """Whether it draws sixel pictures."""
        return self.attributes is not None and 4 in self.attributes

    @property
    def clipboard(self) -> bool:
        """Whether it says that programs may write to the clipboard; few terminals say so either way."""
        return self.attributes is not None and 52 in self.attributes


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The multiplexer between: its version and tmux's options, empty where unknown."""

    multiplexer: Multiplexer = Multiplexer.NONE
    version: str = ""
    clipboard: str = ""
    passthrough: str = ""


def questions(environment: Mapping[str, str]) -> str:
    """What to write to the terminal; empty for one that would show it as text."""
    if environment.get("TERM", "") in _MUTE:
        return ""
    if environment.get("TERM_PROGRAM") == "Apple_Terminal":
        return _DEVICE
    return _VERSION + _SYNCHRONISED + _KEYBOARD + _GRAPHICS + _DEVICE


def read_answers(replies: str, seconds: float | None = None) -> Answers:
    """What a terminal's replies mean. A terminal that answered DA1 and not the rest lacks the rest."""
    device = _DEVICE_REPLY.search(replies)
    silent = None if device is None else False
    version = _VERSION_REPLY.search(replies)
    synchronised = _SYNCHRONISED_REPLY.search(replies)
    graphics = _GRAPHICS_REPLY.search(replies)
    return Answers(
        version=clean_line(version[1]) if version else "",
        synchronised=synchronised[1] in "123" if synchronised else silent,
        keyboard=True if _KEYBOARD_REPLY.search(replies) else silent,
        kitty_images=graphics[1] == "OK" if graphics else silent,
        attributes=frozenset(int(code) for code in device[1].split(";") if code) if device else None,
        seconds=seconds if device else None,
    )


def ask(terminal: int, environment: Mapping[str, str], wait: float = WAIT_S) -> Answers:
    """Ask the terminal behind a descriptor, which nobody else may read meanwhile. Takes `wait` seconds at most.

    What the user types in that time is lost. A descriptor that is no terminal has no answers.
    """
    text = questions(environment)
    if not text or not os.isatty(terminal):
        return Answers()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSAFLUSH)
        os.write(terminal, text.encode())
        begun = time.monotonic()
        replies = _replies(terminal, begun + wait)
        took = time.monotonic() - begun
        os.write(terminal, _WIPE.encode())
        return read_answers(replies, took)
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)


def _replies(terminal: int, deadline: float) -> str:
    """What comes until the answer to the last question."""
    replies = b""
    while len(replies) < _MOST_BYTES and (rest := deadline - time.monotonic()) > 0:
        if select.select([terminal], [], [], rest)[0]:
            data = os.read(terminal, _MOST_BYTES)
            replies += data
            if not data or _DEVICE_REPLY.search(replies.decode("ascii", "replace")):
                break
    return replies.decode("ascii", "replace")


def ask_multiplexer(environment: Mapping[str, str], wait: float = WAIT_S) -> Surroundings:
    """Ask tmux or GNU screen for its version and options, if the app runs in one. Takes `wait` seconds at most."""
    found = Multiplexer.around(environment)
    if found is Multiplexer.TMUX and "TMUX" in environment:
        told = _run(["tmux", "display-message", "-p", _TMUX_FORMAT], environment, wait).split(" ")
        version, clipboard, passthrough = [*told, "", "", ""][:3]
        return Surroundings(found, version, clipboard, passthrough)
    if found is Multiplexer.SCREEN and "STY" in environment:
        number = re.search(r"\d[\d.]*", _run(["screen", "-v"], environment, wait))
        return Surroundings(found, number[0] if number else "")
    return Surroundings(found)


def _run(command: list[str], environment: Mapping[str, str], wait: float) -> str:
    """The first line a program prints; empty if there is no such program or it does not answer."""
    try:
        done = subprocess.run(  # noqa: S603 # the two commands above
            command, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, timeout=wait, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return clean_line(done.stdout[:_MOST_BYTES].decode("utf-8", "replace").partition("\n")[0])
