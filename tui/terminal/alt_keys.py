"""Keys with Alt that Textual 8.2 takes for others where the terminal has no keyboard protocol, as in tmux."""

from __future__ import annotations

from enum import Enum

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS


class _Key(Enum):
    ALT_ENTER = "alt+enter"


def read_alt_keys() -> None:
    """Let `alt+1` to `alt+9` and `alt+enter` arrive as such, as other keys with Alt do (`textual._ansi_sequences`).

    Textual takes a digit with Alt for the character that Option types on one Mac terminal, and knows no Enter with Alt.
    """
    for digit in "123456789":
        ANSI_SEQUENCES_KEYS.pop(f"\x1b{digit}", None)  # type: ignore[attr-defined] # declared as a mapping, is a dict
    ANSI_SEQUENCES_KEYS["\x1b\r"] = (_Key.ALT_ENTER,)  # type: ignore[index] # as above
