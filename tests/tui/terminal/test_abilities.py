from __future__ import annotations

import pytest

from tests.tui.terminal.test_probe import KITTY, TERM, TMUX
from tui.terminal.abilities import Ability, Support, abilities
from tui.terminal.multiplexer import Multiplexer
from tui.terminal.probe import Answers, Surroundings, read_answers

UTF8 = {**TERM, "LANG": "en_GB.UTF-8", "COLORTERM": "truecolor"}
NO_ANSWERS = Answers()
NOTHING_AROUND = Surroundings()


def told(
    environment: dict[str, str], answers: Answers = NO_ANSWERS, around: Surroundings = NOTHING_AROUND
) -> dict[str, Ability]:
    return {ability.name.partition(" (")[0]: ability for ability in abilities(environment, answers, around)}


def test_a_terminal_that_can_all_needs_no_advice() -> None:
    found = told(UTF8, read_answers(KITTY, 0.01))
    assert {ability.support for ability in found.values()} == {Support.YES}
    assert [ability.advice for ability in found.values() if ability.advice] == []
    assert "kitty(0.36.4)" in found["terminal"].meaning
    assert "10 ms" in found["line"].meaning


def test_whatever_is_missing_has_a_meaning() -> None:
    found = told({"TERM": "dumb"})
    assert all(ability.meaning for ability in found.values())
    assert "set TERM" in found["terminal"].advice
    assert found["synchronised output"].support is Support.UNKNOWN


@pytest.mark.parametrize(
    ("clipboard", "passthrough", "support"),
    [
        ("external", "off", Support.NO),
        ("external", "0", Support.NO),
        ("on", "off", Support.YES),
        ("external", "on", Support.YES),
        ("off", "all", Support.YES),
        ("", "", Support.UNKNOWN),
    ],
)
def test_tmux_hands_the_clipboard_on_if_an_option_says_so(clipboard: str, passthrough: str, support: Support) -> None:
    around = Surroundings(Multiplexer.TMUX, "3.3a", clipboard, passthrough)
    found = told(UTF8, read_answers(TMUX), around)
    assert found["clipboard"].support is support
    assert ("set-clipboard on" in found["clipboard"].advice) == (support is not Support.YES)
    assert "tmux 3.3a" in found["terminal"].meaning


def test_the_clipboard_as_far_as_it_can_be_known() -> None:
    assert told({**UTF8, "STY": "1"}, around=Surroundings(Multiplexer.SCREEN))["clipboard"].support is Support.UNKNOWN
    assert told({**UTF8, "WT_SESSION": "1"})["clipboard"].support is Support.YES
    assert told({**UTF8, "TERM_PROGRAM": "Apple_Terminal"})["clipboard"].support is Support.NO
    xterm = told(UTF8, read_answers("\x1bP>|XTerm(390)\x1b\\\x1b[?64c"))["clipboard"]
    assert (xterm.support, "allowWindowOps" in xterm.advice) == (Support.UNKNOWN, True)
    assert told(UTF8)["clipboard"].support is Support.UNKNOWN


def test_colours_as_the_app_will_show_them() -> None:
    assert "NO_COLOR" in told({**UTF8, "NO_COLOR": "1"})["colours"].meaning
    assert told(TERM)["colours"].meaning.startswith("256")
    assert "COLORTERM" in told(TERM)["colours"].advice
    assert told(UTF8)["colours"].meaning.startswith("16.7")
    assert told({"TERM": "linux"})["colours"].meaning.startswith("16:")
    assert told({"TERM": "dumb"})["colours"].support is Support.UNKNOWN


@pytest.mark.parametrize(
    ("environment", "support"),
    [
        ({"LANG": "de_DE.utf8"}, Support.YES),
        ({"LANG": "C.UTF-8", "LC_ALL": "C"}, Support.NO),
        ({"LC_CTYPE": "UTF-8"}, Support.YES),
        ({}, Support.NO),
    ],
)
def test_the_locale_says_how_characters_are_written(environment: dict[str, str], support: Support) -> None:
    assert told(environment)["characters"].support is support


def test_a_slow_line_has_advice() -> None:
    assert "PUNA_LOW_BANDWIDTH" in told(UTF8, read_answers(KITTY, 0.6))["line"].advice
