"""Where vim's motions lead in a text. Pure: places are offsets of characters, lines end with a newline.

Meanings are those of vim's own `:help motion.txt`; a word is a run of letters, digits and underscores, or one of other
characters that are no blanks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"\w+|[^\w\s]+|(?<=\n)(?=\n)")  # an empty line counts as a word
_BLANK = re.compile(r"[ \t]*")


@dataclass(frozen=True, slots=True)
class Target:
    """`place` is where the cursor goes. An operator takes whole lines if `linewise`, `place` too if `inclusive`."""

    place: int
    linewise: bool = False
    inclusive: bool = False


def line_start(text: str, place: int) -> int:
    """The first character of the line."""
    return text.rfind("\n", 0, place) + 1


def line_end(text: str, place: int) -> int:
    """After the last character of the line."""
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def first_letter(text: str, place: int) -> int:
    """The first character of the line that is no blank."""
    match = _BLANK.match(text, line_start(text, place))
    return min(match.end(), line_end(text, place)) if match else place


def line_moved(text: str, place: int, lines: int) -> int:
    """The same column `lines` further down (or up), or the end of a shorter line."""
    start = line_start(text, place)
    column = place - start
    for _ in range(abs(lines)):
        following = line_end(text, start) + 1 if lines > 0 else line_start(text, start - 1)
        if (lines > 0 and following > len(text)) or (lines < 0 and start == 0):
            break
        start = following
    return min(start + column, line_end(text, start))


def line_number(text: str, number: int) -> int:
    """The first letter of a line, counted from 1; of the last one if there are fewer."""
    place = 0
    for _ in range(number - 1):
        following = text.find("\n", place)
        if following < 0:
            break
        place = following + 1
    return first_letter(text, place)


def word_forward(text: str, place: int, count: int) -> int:
    """The beginning of the next word."""
    starts = (match.start() for match in _WORD.finditer(text, place) if match.start() > place)
    return _nth(starts, count, len(text))


def word_end(text: str, place: int, count: int) -> int:
    """The last character of the word, or of the next one."""
    ends = (match.end() - 1 for match in _WORD.finditer(text, place) if match[0] and match.end() - 1 > place)
    return _nth(ends, count, max(len(text) - 1, 0))


def word_back(text: str, place: int, count: int) -> int:
    """The beginning of the word, or of the one before."""
    starts = [match.start() for match in _WORD.finditer(text, 0, place)]
    return starts[-count] if count <= len(starts) else 0


def found(text: str, place: int, kind: str, wanted: str, count: int) -> int | None:
    """`f`, `F`, `t` and `T`: to a character of the line, or beside it; `None` if it is not there."""
    start, end = line_start(text, place), line_end(text, place)
    for _ in range(count):
        place = text.find(wanted, place + 1, end) if kind in "ft" else text.rfind(wanted, start, place)
        if place < 0:
            return None
    return place + {"t": -1, "T": 1}.get(kind, 0)


def word_around(text: str, place: int, *, whole: bool) -> tuple[int, int]:
    """The word under the cursor, as begin and end; with the blanks after it if `whole`."""
    for match in _WORD.finditer(text, line_start(text, place), line_end(text, place)):
        if match.start() <= place < match.end():
            blanks = _BLANK.match(text, match.end())
            return match.start(), blanks.end() if whole and blanks else match.end()
    end = place
    while end < len(text) and text[end] in " \t":
        end += 1
    return place, end


def motion(name: str, text: str, place: int, count: int, *, counted: bool) -> Target | None:
    """The target of a motion of one key (`gg` is `g`); `None` for a key that is no motion.

    `counted` tells whether a count was typed: `G` alone leads to the last line.
    """
    start, end = line_start(text, place), line_end(text, place)
    match name:
        case "h" | "backspace":
            return Target(max(place - count, start))
        case "l" | " ":
            return Target(min(place + count, end))
        case "j" | "k":
            return Target(line_moved(text, place, count if name == "j" else -count), linewise=True)
        case "0":
            return Target(start)
        case "^":
            return Target(first_letter(text, place))
        case "$":
            last = line_moved(text, start, count - 1)
            return Target(line_end(text, last))
        case "w":
            return Target(word_forward(text, place, count))
        case "e":
            return Target(word_end(text, place, count), inclusive=True)
        case "b":
            return Target(word_back(text, place, count))
        case "g":
            return Target(line_number(text, count), linewise=True)
        case "G":
            number = count if counted else text.count("\n") + 1
            return Target(line_number(text, number), linewise=True)
    return None


def _nth(places: Iterable[int], count: int, otherwise: int) -> int:
    return next(islice(places, count - 1, None), otherwise)
