"""What a terminal's answers and its environment mean for Puna, and what to do about it: the terminal's part of
`puna doctor`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from tui.terminal.multiplexer import Multiplexer
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.terminal.probe import Answers, Surroundings

# Terminals by the start of their XTVERSION → whether OSC 52 works in them as they come, by their own documentation.
_CLIPBOARDS: dict[str, tuple[bool, str]] = {
    "kitty": (True, ""),
    "foot": (True, ""),
    "ghostty": (True, ""),
    "WezTerm": (True, ""),
    "iTerm2": (False, "allow it in its settings: General, Selection, Applications may access clipboard"),
    "XTerm": (False, "start it with: xterm -xrm '*allowWindowOps: true'"),
    "mintty": (False, "set AllowSetSelection=yes in its options"),
}
_SLOW_S = 0.2


class Support(Enum):
    """How sure it is that something works."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing a terminal can do or not: what that means for the user, and what to do (empty: nothing)."""

    name: str
    support: Support
    meaning: str
    advice: str = ""


def abilities(environment: Mapping[str, str], answers: Answers, around: Surroundings) -> list[Ability]:
    """Everything worth telling, the most important first."""
    found = [
        _identity(environment, answers, around),
        _clipboard(environment, answers, around),
        _synchronised(answers, around),
        _keyboard(answers),
        _colours(environment),
        _characters(environment),
        _images(answers),
    ]
    return [*found, _delay(answers.seconds)] if answers.seconds is not None else found


def _support(value: bool | None) -> Support:
    return Support.UNKNOWN if value is None else Support.YES if value else Support.NO


def _identity(environment: Mapping[str, str], answers: Answers, around: Surroundings) -> Ability:
    term = clean_line(environment.get("TERM", ""))
    name = answers.version or clean_line(environment.get("TERM_PROGRAM", "")) or term or "an unknown terminal"
    if around.multiplexer is not Multiplexer.NONE:
        inside = f"{around.multiplexer.value} {around.version}".rstrip()
        return Ability("terminal", Support.YES, f"{inside}, as TERM={term}; the terminal behind it is not seen")
    if term in ("", "dumb"):
        return Ability("terminal", Support.NO, f"TERM is {term or 'not set'}", "set TERM, for example xterm-256color")
    return Ability("terminal", Support.YES, f"{name}, as TERM={term}")


def _clipboard(environment: Mapping[str, str], answers: Answers, around: Surroundings) -> Ability:
    name, works = "clipboard (OSC 52)", "copied text reaches the clipboard of the machine you sit at"
    lost = "copied text may not reach your clipboard"
    if around.multiplexer is Multiplexer.TMUX:
        if around.clipboard == "on" or around.passthrough in ("on", "all", "1", "2"):
            return Ability(name, Support.YES, f"tmux hands it on; {works} if the terminal behind allows it")
        known = Support.NO if around.clipboard else Support.UNKNOWN
        return Ability(name, known, lost, "tmux set -g set-clipboard on   (and the same line in ~/.tmux.conf)")
    if around.multiplexer is Multiplexer.SCREEN:
        return Ability(name, Support.UNKNOWN, "screen hands it on; the terminal behind decides")
    if answers.clipboard or "WT_SESSION" in environment:
        return Ability(name, Support.YES, works)
    for start, (allowed, advice) in _CLIPBOARDS.items():
        if answers.version.startswith(start):
            return Ability(name, Support.YES if allowed else Support.UNKNOWN, works if allowed else lost, advice)
    if environment.get("TERM_PROGRAM") == "Apple_Terminal":
        return Ability(name, Support.NO, "this terminal knows no such thing", "copy with the mouse while Fn is held")
    return Ability(name, Support.UNKNOWN, f"the terminal does not say; {lost}", "copy something and try to paste it")


def _synchronised(answers: Answers, around: Surroundings) -> Ability:
    name, support = "synchronised output", _support(answers.synchronised)
    if support is Support.YES:
        return Ability(name, support, "every picture appears at once, without flicker")
    advice = "a newer tmux may know it" if around.multiplexer is Multiplexer.TMUX else ""
    return Ability(name, support, "a large change may be seen while it is drawn; Puna sends small ones", advice)


def _keyboard(answers: Answers) -> Ability:
    name, support = "keyboard protocol (kitty)", _support(answers.keyboard)
    if support is Support.YES:
        return Ability(name, support, "every key can be told from every other")
    return Ability(
        name, support, "Shift+Enter is the same as Enter here", "Alt+Enter or Ctrl+J begins a new line instead"
    )


def _colours(environment: Mapping[str, str]) -> Ability:
    """By Rich's own look at COLORTERM and TERM: the app shows what that finds."""
    from rich.console import Console

    name = "colours"
    if environment.get("NO_COLOR"):
        return Ability(name, Support.NO, "NO_COLOR is set: Puna uses none", "unset NO_COLOR to have them")
    system = Console(force_terminal=True, _environ=environment).color_system
    if system == "truecolor":
        return Ability(name, Support.YES, "16.7 million: themes look as they were made")
    advice = "export COLORTERM=truecolor if the terminal has them; SSH passes it on with SendEnv and AcceptEnv"
    if system == "256":
        return Ability(name, Support.YES, "256: themes come close", advice)
    if system is None:
        return Ability(name, Support.UNKNOWN, "TERM tells of none", advice)
    return Ability(name, Support.YES, "16: a theme made for so few looks best", advice)


def _characters(environment: Mapping[str, str]) -> Ability:
    variables = ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((environment[variable] for variable in variables if environment.get(variable)), "")
    if locale.upper().replace("-", "").rpartition(".")[2].startswith("UTF8"):
        return Ability("characters", Support.YES, f"UTF-8, by the locale {clean_line(locale)}")
    shown = clean_line(locale) or "not set"
    return Ability("characters", Support.NO, f"the locale is {shown}, not UTF-8", "export LANG=C.UTF-8")


def _images(answers: Answers) -> Ability:
    kinds = [name for name, there in (("kitty", answers.kitty_images), ("sixel", answers.sixel)) if there]
    if kinds:
        return Ability("pictures", Support.YES, f"by {' and '.join(kinds)}; nothing in Puna needs them")
    return Ability("pictures", _support(answers.kitty_images), "nothing in Puna needs them")


def _delay(seconds: float) -> Ability:
    told = f"the terminal answers in {seconds * 1e3:.0f} ms"
    if seconds < _SLOW_S:
        return Ability("line", Support.YES, told)
    return Ability("line", Support.NO, told, "if typing lags, PUNA_LOW_BANDWIDTH=on makes Puna write less")
