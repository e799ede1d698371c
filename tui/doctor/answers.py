"""What the terminal answers when it is asked, and what the multiplexer around the program lets through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.doctor.finding import Finding, Level
from tui.terminal.multiplexer import Multiplexer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.terminal.probe import Answers, Surroundings

_GROUP = "Terminal"
# Terminals by the start of their XTVERSION → what to do for OSC 52 to work, by their own documentation; mostly nothing.
_CLIPBOARDS = {
    "kitty": "",
    "foot": "",
    "ghostty": "",
    "WezTerm": "",
    "iTerm2": "Allow it in the settings: General, Selection, Applications in terminal may access clipboard.",
    "XTerm": "Start it with: xterm -xrm '*allowWindowOps: true'",
    "mintty": "Set AllowSetSelection=yes in its options.",
}
_COPIED = "copied text reaches the machine you sit at"
_PASSED = frozenset({"on", "all", "1", "2"})  # values of tmux's allow-passthrough, as its versions print them
_SLOW_S = 0.2


def examine_answers(environ: Mapping[str, str], answers: Answers | None, around: Surroundings) -> list[Finding]:
    """`answers` is `None` where the terminal cannot be asked: in the app, which reads it itself."""
    found = [*_multiplexer(around), _clipboard(environ, answers, around)]
    if answers is None:
        return [*found, _finding("answers", "only puna doctor, run in a shell in this terminal, asks it for more")]
    if answers.seconds is None:
        return [*found, _finding("answers", "it does not answer, so what else it can do is not known")]
    return [*found, _synchronised(answers, around), _keyboard(answers), _pictures(answers), _delay(answers.seconds)]


def _finding(name: str, text: str, todo: str = "") -> Finding:
    return Finding(_GROUP, name, Level.ADVICE if todo else Level.OK, text, todo)


def _multiplexer(around: Surroundings) -> list[Finding]:
    if around.multiplexer is Multiplexer.NONE:
        return []
    inside = f"{around.multiplexer.value} {around.version}".rstrip()
    return [_finding("inside", f"{inside}; the terminal behind it is not seen")]


def _clipboard(environ: Mapping[str, str], answers: Answers | None, around: Surroundings) -> Finding:
    """As far as it can be known: few terminals tell."""
    name = "clipboard"
    if around.multiplexer is Multiplexer.TMUX:
        if around.clipboard == "on" or around.passthrough in _PASSED:
            return _finding(name, f"{_COPIED}, if the terminal behind tmux allows it")
        return _finding(name, "tmux may keep copied text from your machine", "tmux set -g set-clipboard on")
    if around.multiplexer is Multiplexer.SCREEN:
        return _finding(name, f"{_COPIED}, if the terminal behind screen allows it")
    if (answers is not None and answers.clipboard) or "WT_SESSION" in environ:
        return _finding(name, _COPIED)
    version = "" if answers is None else answers.version
    for start, todo in _CLIPBOARDS.items():
        if version.startswith(start):
            return _finding(name, f"{_COPIED} only after a setting" if todo else _COPIED, todo)
    if environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return _finding(name, "this terminal takes no text from programs", "Select with the mouse while Fn is held.")
    return _finding(name, "the terminal does not tell whether copied text reaches it", "Copy something and paste it.")


def _synchronised(answers: Answers, around: Surroundings) -> Finding:
    name = "synchronised"
    if answers.synchronised:
        return _finding(name, "every change appears at once, without flicker")
    newer = "; a newer tmux may know better" if around.multiplexer is Multiplexer.TMUX else ""
    return _finding(name, f"large changes may be seen while they are drawn{newer}")


def _keyboard(answers: Answers) -> Finding:
    if answers.keyboard:
        return _finding("keyboard", "every key can be told from every other (kitty's protocol)")
    return _finding("keyboard", "Shift+Enter looks like Enter here: Alt+Enter or Ctrl+J begins a new line")


def _pictures(answers: Answers) -> Finding:
    kinds = [name for name, there in (("kitty", answers.kitty_images), ("sixel", answers.sixel)) if there]
    return _finding("pictures", " and ".join(kinds) if kinds else "none; nothing in Puna needs them")


def _delay(seconds: float) -> Finding:
    told = f"it answers in {seconds * 1e3:.0f} ms"
    return _finding("delay", told, "PUNA_LOW_BANDWIDTH=on makes Puna write less." if seconds >= _SLOW_S else "")
