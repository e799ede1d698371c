"""The terminal, as far as its environment tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.doctor.finding import Finding, Level
from tui.terminal.ascii import needs_ascii

if TYPE_CHECKING:
    from collections.abc import Mapping

_GROUP = "Terminal"
_SMALL = (80, 24)


def examine_terminal(environ: Mapping[str, str], encoding: str, size: tuple[int, int]) -> list[Finding]:
    """`encoding` is that of the program's output, `size` columns and rows."""
    term = environ.get("TERM", "")
    return [_kind(term, environ), _colours(term, environ), _signs(term, encoding), _room(size)]


def _kind(term: str, environ: Mapping[str, str]) -> Finding:
    if term in ("", "dumb"):
        text = f"TERM is {term or 'not set'}: there is no full screen"
        return Finding(
            _GROUP, "kind", Level.ADVICE, text, "Use puna --plain, or set TERM, such as TERM=xterm-256color."
        )
    inside = "tmux" if environ.get("TMUX") else "screen" if environ.get("STY") else ""
    line = "over SSH" if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY") else "local"
    return Finding(
        _GROUP, "kind", Level.OK, ", ".join(part for part in (term, f"in {inside}" if inside else "", line) if part)
    )


def _colours(term: str, environ: Mapping[str, str]) -> Finding:
    if "NO_COLOR" in environ:
        return Finding(_GROUP, "colours", Level.OK, "none, because NO_COLOR is set")
    if environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return Finding(_GROUP, "colours", Level.OK, "24 bits")
    if "256" in term:
        todo = "If the terminal knows 24 bits, set COLORTERM=truecolor; over SSH: SendEnv COLORTERM."
        return Finding(_GROUP, "colours", Level.ADVICE, "256: themes look a little different", todo)
    return Finding(
        _GROUP,
        "colours",
        Level.ADVICE,
        "16",
        "The theme puna-ansi is made for this: press F8, or PUNA_THEME=puna-ansi.",
    )


def _signs(term: str, encoding: str) -> Finding:
    if not needs_ascii(term, encoding):
        return Finding(_GROUP, "signs", Level.OK, "UTF-8")
    if term.startswith("linux"):
        return Finding(
            _GROUP, "signs", Level.OK, "ASCII alone, as the Linux console wants it; PUNA_ASCII=0 changes that"
        )
    todo = "Set a UTF-8 locale, such as LANG=C.UTF-8; PUNA_ASCII=0 shows all signs whatever the locale."
    return Finding(_GROUP, "signs", Level.ADVICE, f"ASCII alone, because the locale's encoding is {encoding}", todo)


def _room(size: tuple[int, int]) -> Finding:
    text = f"{size[0]} columns, {size[1]} rows"
    if size[0] < _SMALL[0] or size[1] < _SMALL[1]:
        return Finding(_GROUP, "room", Level.ADVICE, text, f"Make it at least {_SMALL[0]} by {_SMALL[1]}.")
    return Finding(_GROUP, "room", Level.OK, text)
