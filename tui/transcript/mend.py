"""The last line of a growing Markdown text, shown as what it is about to be, so that its look does not flicker."""

from __future__ import annotations

import re

# Marks alone: a bullet, a heading, a rule, a fence or a number may become anything with the next character.
_UNDECIDED = re.compile(r"[\s>]*(?:[-=+*_#`~|:\s>]*|\d{1,3}[.)]?)\s*")
_TRAILING = re.compile(r"[*_~`]+$|!?\[$")
_TARGET = re.compile(r"\[[^\]\n]*\]\([^)\s]*$")
_ROW = re.compile(r"\s*\|")
_CLOSING = ("`", "**", "~~", "__", "*")


def mend(lines: list[str]) -> list[str]:
    """The lines with the last one held back or its open marks closed. The same list if nothing is to be done.

    Held back are a line of marks only, and rows of a table until it is one: the last row until it is whole, the
    heading until the line under it is.
    """
    last = lines[-1]
    if last and _UNDECIDED.fullmatch(last):
        return mend([*lines[:-1], ""]) if len(lines) > 1 else [""]
    if _ROW.match(last):
        return [*lines[: _rows_begin(lines, len(lines) - 1)], ""]
    if not last:
        begin = _rows_begin(lines, len(lines) - 1)
        return [*lines[:begin], ""] if begin == len(lines) - 2 else lines
    closed = _closed(last)
    return lines if closed == last else [*lines[:-1], closed]


def _rows_begin(lines: list[str], end: int) -> int:
    """Where the rows of a table before `end` begin to be held back: with two whole ones, it is shown."""
    begin = end
    while begin and end - begin < 2 and _ROW.match(lines[begin - 1]):
        begin -= 1
    return end if end - begin >= 2 else begin


def _closed(line: str) -> str:
    line = _TRAILING.sub("", line)
    if _TARGET.search(line):
        return line + ")"
    for mark in _CLOSING:
        if line.count(mark) % 2 and _opens(line, mark):
            text = line.rstrip()
            return text + mark + line[len(text) :]
    return line


def _opens(line: str, mark: str) -> bool:
    """Whether the last such mark can begin something: `2 ** 3` and `2**3` do not look like it."""
    at = line.rfind(mark)
    following = line[at + len(mark) : at + len(mark) + 1]
    return bool(following.strip()) and (mark == "`" or not line[:at][-1:].isalnum())
