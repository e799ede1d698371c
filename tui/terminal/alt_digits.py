"""Alt with a digit. Textual takes what terminals send for it as the character that Option types on one Mac terminal."""

from __future__ import annotations

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS


def read_alt_digits() -> None:
    """Let the keys arrive as `alt+1` to `alt+9`, as other letters with Alt do (Textual 8.2, `_ansi_sequences.py`)."""
    for digit in "123456789":
        ANSI_SEQUENCES_KEYS.pop(f"\x1b{digit}", None)  # type: ignore[attr-defined] # declared as a mapping, is a dict
