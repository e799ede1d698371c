"""What is different between two texts, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from enum import Enum

_WORD = re.compile(r"(?:\w+|[^\s\w])\s*|\s+")
MOST_WORDS = 3000  # of a text: comparing takes time with the square of it


class Change(Enum):
    """What became of a stretch of text."""

    SAME = "same"
    ADDED = "added"
    GONE = "gone"


def difference(before: str, after: str) -> list[tuple[Change, str]] | None:
    """Stretches that make `after` of `before`; `None` for texts that are too long for it.

    Marks of punctuation are words. White space is with the word before it and makes no difference; the stretches that
    are not gone make `after` exactly.
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        return None
    found: list[tuple[Change, str]] = []
    for kind, a, b, c, d in SequenceMatcher(None, _keys(old), _keys(new), autojunk=False).get_opcodes():
        if kind == "equal":
            found.append((Change.SAME, "".join(new[c:d])))
            continue
        if a < b:
            found.append((Change.GONE, "".join(old[a:b])))
        if c < d:
            found.append((Change.ADDED, "".join(new[c:d])))
    return found


def summary(stretches: list[tuple[Change, str]]) -> str:
    """How much is the same, in words: `62 % the same`."""
    words = {change: sum(len(text.split()) for each, text in stretches if each is change) for change in Change}
    most = max(words[Change.SAME] + words[Change.ADDED], words[Change.SAME] + words[Change.GONE])
    return f"{words[Change.SAME] / most * 100:.0f} % the same" if most else "the same"


def _keys(words: list[str]) -> list[str]:
    return [word.strip() for word in words]
