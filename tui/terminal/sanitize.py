"""Text of models, files and servers made safe for a terminal (threats: terminal injection).

Works on single characters, so that a stream may be cleaned chunk by chunk: `clean(a + b) == clean(a) + clean(b)`.
"""

from __future__ import annotations

import re

# C0 but newline and tab, DEL and C1; the bidirectional controls, which reorder what is shown; lone surrogates, which
# no encoding can write.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BREAKS = re.compile("[\n\t\u2028\u2029]")


def clean(text: str) -> str:
    """Remove control characters except newline and tab, show bidirectional ones as `⟨U+202E⟩`, replace surrogates.

    A carriage return is dropped, so that `\\r\\n` is a newline and no text can overwrite what stands before it.
    """
    return _UNSAFE.sub(_replacement, text)


def clean_line(text: str) -> str:
    """Like `clean`, and on one line: newlines, tabs and Unicode's line separators become spaces."""
    return _BREAKS.sub(" ", clean(text))


def _replacement(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0xA0:
        return ""
    return "\ufffd" if code >= 0xD800 else f"⟨U+{code:04X}⟩"
