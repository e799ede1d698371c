from __future__ import annotations

import pytest

from tests.tui.terminal.test_probe import KITTY, TERM, TMUX
from tui.doctor.answers import examine_answers
from tui.doctor.finding import Finding, Level
from tui.terminal.multiplexer import Multiplexer
from tui.terminal.probe import Answers, Surroundings, read_answers

ALONE = Surroundings()


def told(answers: Answers | None, around: Surroundings = ALONE, **environ: str) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine_answers({**TERM, **environ}, answers, around)}


def test_a_terminal_that_can_all_needs_no_advice() -> None:
    found = told(read_answers(KITTY, 0.01))
    assert {finding.level for finding in found.values()} == {Level.OK}
    assert "10 ms" in found["delay"].text
    assert "without flicker" in found["synchronised"].text
    assert found["pictures"].text == "kitty"


def test_one_that_can_nothing_is_told_what_to_press_instead() -> None:
    found = told(read_answers("\x1b[?1;2c", 0.01))
    assert "Alt+Enter" in found["keyboard"].text
    assert "may be seen" in found["synchronised"].text
    assert found["pictures"].text.startswith("none")


@pytest.mark.parametrize(
    ("clipboard", "passthrough", "level"),
    [
        ("external", "off", Level.ADVICE),
        ("external", "0", Level.ADVICE),
        ("on", "off", Level.OK),
        ("external", "on", Level.OK),
        ("off", "all", Level.OK),
        ("", "", Level.ADVICE),
    ],
)
def test_tmux_hands_the_clipboard_on_if_an_option_says_so(clipboard: str, passthrough: str, level: Level) -> None:
    found = told(read_answers(TMUX, 0.01), Surroundings(Multiplexer.TMUX, "3.3a", clipboard, passthrough))
    assert found["clipboard"].level is level
    assert (found["clipboard"].todo == "tmux set -g set-clipboard on") == (level is Level.ADVICE)
    assert "tmux 3.3a" in found["inside"].text


def test_the_clipboard_as_far_as_it_can_be_known() -> None:
    assert told(None, WT_SESSION="1")["clipboard"].level is Level.OK
    assert told(None, Surroundings(Multiplexer.SCREEN))["clipboard"].level is Level.OK
    assert "takes no text" in told(None, TERM_PROGRAM="Apple_Terminal")["clipboard"].text
    assert "allowWindowOps" in told(read_answers("\x1bP>|XTerm(390)\x1b\\\x1b[?64c", 0.01))["clipboard"].todo
    assert "does not tell" in told(read_answers("\x1b[?64c", 0.01))["clipboard"].text


def test_a_terminal_that_is_not_asked_or_does_not_answer_is_not_judged() -> None:
    assert set(told(None)) == set(told(Answers())) == {"clipboard", "answers"}
    assert "puna doctor" in told(None)["answers"].text
    assert "does not answer" in told(Answers())["answers"].text


def test_a_slow_line_has_advice() -> None:
    assert "PUNA_LOW_BANDWIDTH" in told(read_answers(KITTY, 0.6))["delay"].todo
