"""The clipboard of the terminal, by OSC 52: it reaches the user's own machine through SSH, tmux and GNU screen."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from tui.terminal.multiplexer import Multiplexer
from tui.terminal.sanitize import clean

MOST_BYTES = 74_994  # of text: 100,000 of a sequence is the most that some terminals take (hterm)


@dataclass(frozen=True, slots=True)
class Copied:
    """What went to the clipboard, in characters; `cut`: characters at the end that were too many."""

    length: int
    cut: int = 0


def clipboard_sequence(text: str, multiplexer: Multiplexer = Multiplexer.NONE) -> tuple[str, Copied]:
    """What makes the terminal copy a text, and what it copies then.

    The text is cleaned of control characters, so that pasting it types nothing but text. Whether the terminal obeys
    cannot be known. tmux takes the sequence itself with `set-clipboard on` or hands it on with `allow-passthrough on`,
    so inside a multiplexer it goes out plain and wrapped.
    """
    cleaned = clean(text)
    kept = cleaned.encode()[:MOST_BYTES].decode(errors="ignore")
    plain = f"\x1b]52;c;{base64.b64encode(kept.encode()).decode()}\x07"
    wrapped = "" if multiplexer is Multiplexer.NONE else multiplexer.through(plain)
    return plain + wrapped, Copied(len(kept), len(cleaned) - len(kept))
