"""The little Markdown that stands inside a line: headings, bold, code, bullets."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")
_BULLET = re.compile(r"(\s*)([-*+]|\d{1,3}[.)])(\s+)(?=\S)")
_MARK = re.compile(r"`([^`]+)`|\*\*(?=\S)(.+?)(?<=\S)\*\*|__(?=\S)(.+?)(?<=\S)__")
_HANG_LIMIT = 12  # cells; deeper nesting continues at this depth


@dataclass(frozen=True, slots=True)
class Line:
    """A source line without its marks. Spans are `(start, end, "bold" | "code")`; `hang` in characters."""

    text: str
    spans: tuple[tuple[int, int, str], ...] = ()
    hang: int = 0
    heading: bool = False


def parse(source: str) -> Line:
    """One line of Markdown; whatever is not understood stays as it is."""
    if match := _HEADING.fullmatch(source):
        text, spans = _marks(match[2])
        return Line(text, tuple(spans), heading=True)
    hang, prefix = 0, ""
    if match := _BULLET.match(source):
        sign = "•" if match[2] in "-*+" else match[2]
        prefix, source = match[1] + sign + match[3], source[match.end() :]
        hang = min(len(prefix), _HANG_LIMIT)
    text, spans = _marks(source)
    shift = len(prefix)
    return Line(prefix + text, tuple((start + shift, end + shift, key) for start, end, key in spans), hang)


def _marks(source: str) -> tuple[str, list[tuple[int, int, str]]]:
    pieces: list[str] = []
    spans: list[tuple[int, int, str]] = []
    length = at = 0
    for match in _MARK.finditer(source):
        before = source[at : match.start()]
        inner = match[1] or match[2] or match[3]
        pieces += (before, inner)
        start = length + len(before)
        length = start + len(inner)
        spans.append((start, length, "code" if match[1] else "bold"))
        at = match.end()
    return "".join((*pieces, source[at:])), spans
