from __future__ import annotations

import base64
import re

import pytest

from tests.tui.terminal.emulator import sent
from tests.tui.terminal.test_frame_diff import DemoApp, shown
from tui.terminal.clipboard import MOST_BYTES, Copied, clipboard_sequence
from tui.terminal.multiplexer import Multiplexer

_PLAIN = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


def payload(sequence: str) -> str:
    """What a terminal takes, and nothing else is in the sequence."""
    match = _PLAIN.fullmatch(sequence)
    assert match is not None, sequence
    return base64.b64decode(match[1], validate=True).decode()


def test_the_payload_is_the_text_without_control_characters() -> None:
    sequence, copied = clipboard_sequence("two\nlines\tof 漢字 🚀\x1b[31m\x07\x9b\r\n")
    assert payload(sequence) == "two\nlines\tof 漢字 🚀[31m\n"
    assert copied == Copied(22)


def test_a_long_text_is_cut_between_characters_and_that_is_told() -> None:
    sequence, copied = clipboard_sequence("漢" * 30_000)
    kept = MOST_BYTES // 3
    assert payload(sequence) == "漢" * kept
    assert copied == Copied(kept, 30_000 - kept)
    assert len(sequence) <= 100_001


def test_tmux_gets_it_plain_and_to_hand_on() -> None:
    sequence, _ = clipboard_sequence("text", Multiplexer.TMUX)
    plain, _, wrapped = sequence.partition("\x1bPtmux;")
    assert payload(plain) == "text"
    assert wrapped.endswith("\x1b\\")
    inner = wrapped.removesuffix("\x1b\\")
    assert inner.count("\x1b") == 2 * plain.count("\x1b")
    assert payload(inner.replace("\x1b\x1b", "\x1b")) == "text"


def test_screen_gets_it_in_short_pieces() -> None:
    sequence, _ = clipboard_sequence("x" * 5000, Multiplexer.SCREEN)
    pieces = re.findall(r"\x1bP(.*?)\x1b\\", sequence, re.DOTALL)
    assert len(pieces) > 5
    assert all(len(piece) < 768 for piece in pieces)
    assert payload("".join(pieces)) == "x" * 5000


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, Multiplexer.NONE),
        ({"TERM": "xterm-256color"}, Multiplexer.NONE),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, Multiplexer.TMUX),
        ({"TERM": "tmux-256color"}, Multiplexer.TMUX),
        ({"TERM": "screen.xterm-256color", "STY": "1.pts-0.box"}, Multiplexer.SCREEN),
        ({"TERM": "screen"}, Multiplexer.SCREEN),
    ],
)
def test_what_the_app_runs_in_shows_in_its_environment(environment: dict[str, str], found: Multiplexer) -> None:
    assert Multiplexer.around(environment) is found


async def test_the_app_writes_it_to_the_terminal_and_says_how_much_that_was() -> None:
    app = DemoApp()
    async with shown(app):
        before = len(sent(app))
        assert app.copy("a block of a reply") == Copied(18)
        app.copy_to_clipboard("what Textual selects")
        written = sent(app)[before:]
        assert [payload(sequence) for sequence in written] == ["a block of a reply", "what Textual selects"]
        assert app.clipboard == "what Textual selects"
