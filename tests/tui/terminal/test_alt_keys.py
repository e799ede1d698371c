from __future__ import annotations

import itertools

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key

from tui.terminal.alt_keys import read_alt_keys

DIGITS = [(digit, digit) for digit in "123456789"]


@pytest.mark.parametrize(("sent", "key"), [*DIGITS, ("\r", "enter")])
def test_alt_and_a_key_are_that_key(sent: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual._parser.get_time", itertools.count().__next__)  # no key follows for a second
    read_alt_keys()
    parser = XTermParser()
    events = [*parser.feed(f"\x1b{sent}"), *parser.tick()]
    assert [event.key for event in events if isinstance(event, Key)] == [f"alt+{key}"]


def test_enter_after_escape_is_enter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual._parser.get_time", itertools.count().__next__)
    read_alt_keys()
    parser = XTermParser()
    events = [*parser.feed("\x1b"), *parser.tick(), *parser.feed("\r"), *parser.tick()]
    assert [event.key for event in events if isinstance(event, Key)] == ["escape", "enter"]
