from __future__ import annotations

import itertools

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key

from tui.terminal.alt_digits import read_alt_digits


@pytest.mark.parametrize("digit", "123456789")
def test_alt_and_a_digit_are_that_key(digit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual._parser.get_time", itertools.count().__next__)  # no key follows for a second
    read_alt_digits()
    parser = XTermParser()
    events = [*parser.feed(f"\x1b{digit}"), *parser.tick()]
    assert [event.key for event in events if isinstance(event, Key)] == [f"alt+{digit}"]
