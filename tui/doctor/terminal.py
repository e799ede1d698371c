"""The terminal: what it answered, what its environment tells, and how large it is."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.doctor.finding import Finding, Level
from tui.terminal.abilities import Support, abilities
from tui.terminal.ascii import needs_ascii
from tui.terminal.probe import Answers, Surroundings, ask, ask_multiplexer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.terminal.abilities import Ability

_GROUP = "Terminal"
_SMALL = (80, 24)


@dataclass(frozen=True, slots=True)
class Terminal:
    """What was learnt by asking; nothing, where nobody could be asked."""

    answers: Answers = field(default_factory=Answers)
    around: Surroundings = field(default_factory=Surroundings)


def ask_terminal(environ: Mapping[str, str]) -> Terminal:
    """Ask the terminal of this process, which nobody else may read meanwhile; takes a second at most."""
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return Terminal(around=ask_multiplexer(environ))
    try:
        return Terminal(ask(descriptor, environ), ask_multiplexer(environ))
    finally:
        os.close(descriptor)


def examine_terminal(environ: Mapping[str, str], terminal: Terminal) -> list[Finding]:
    """Every ability of the terminal, then its signs and its room."""
    # While the app runs, `sys.stdout` is Textual's own.
    encoding = sys.__stdout__.encoding if sys.__stdout__ is not None else "utf-8"
    size = shutil.get_terminal_size()
    told = [_told(ability) for ability in abilities(environ, terminal.answers, terminal.around)]
    kept = [finding for finding in told if finding.name != "characters"]  # told below with what follows from it
    return [*kept, signs(environ.get("TERM", ""), encoding), room(size.columns, size.lines)]


def _told(ability: Ability) -> Finding:
    """What cannot be known, or can be done otherwise, is no problem."""
    level = Level.ADVICE if ability.advice else Level.OK
    if ability.name == "terminal" and ability.support is Support.NO:
        return Finding(_GROUP, "kind", level, ability.meaning, f"{ability.advice}, or use puna --plain")
    name = "kind" if ability.name == "terminal" else ability.name.partition(" (")[0]
    return Finding(_GROUP, name, level, ability.meaning, ability.advice)


def signs(term: str, encoding: str) -> Finding:
    """Which characters are shown; `encoding` is that of the program's output."""
    if not needs_ascii(term, encoding):
        return Finding(_GROUP, "characters", Level.OK, "UTF-8")
    if term.startswith("linux"):
        text = "ASCII alone, as the Linux console wants it; PUNA_ASCII=0 changes that"
        return Finding(_GROUP, "characters", Level.OK, text)
    todo = "Set a UTF-8 locale, such as LANG=C.UTF-8; PUNA_ASCII=0 shows all signs whatever the locale."
    text = f"ASCII alone, because the locale's encoding is {encoding}"
    return Finding(_GROUP, "characters", Level.ADVICE, text, todo)


def room(columns: int, rows: int) -> Finding:
    """The app is made for 80 by 24 and more."""
    text = f"{columns} columns, {rows} rows"
    if columns < _SMALL[0] or rows < _SMALL[1]:
        return Finding(_GROUP, "room", Level.ADVICE, text, f"Make it at least {_SMALL[0]} by {_SMALL[1]}.")
    return Finding(_GROUP, "room", Level.OK, text)
