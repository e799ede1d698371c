"""What a piece of text is, so that the theme can say how it looks."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from rich.style import Style

if TYPE_CHECKING:
    from collections.abc import Mapping

INDENT = 2  # cells at the left of every row: whose words they are, and the cursor


class Tone(Enum):
    """One trait of a text; several hold at once, the later ones win."""

    USER = "user"
    MODEL = "model"
    TEXT = "text"
    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strike"
    HEADING = "heading"
    TITLE = "title"
    LINK = "link"
    TARGET = "target"
    QUOTE = "quote"
    CODE = "code"
    FENCE = "fence"
    KEYWORD = "keyword"
    NAME = "name"
    BUILTIN = "builtin"
    STRING = "string"
    NUMBER = "number"
    COMMENT = "comment"
    THINKING = "thinking"
    NOTE = "note"
    ERROR = "error"
    CURSOR = "cursor"
    MATCH = "match"


Tones = tuple[Tone, ...]
Run = tuple[str, Tones]  # text of one look
Line = tuple[Run, ...]  # a line of the source, not yet broken into rows


class Palette:
    """The styles of one theme, by what a text is."""

    def __init__(self, styles: Mapping[Tone, Style]) -> None:
        self._styles = styles
        self._mixed: dict[Tones, Style] = {}

    def __getitem__(self, tones: Tones) -> Style:
        style = self._mixed.get(tones)
        if style is None:
            style = self._mixed[tones] = Style.combine(self._styles[tone] for tone in tones)
        return style


def text_of(line: Line) -> str:
    """The text of a line without its looks."""
    return line[0][0] if len(line) == 1 else "".join(text for text, _ in line)


def part(line: Line, start: int, end: int) -> list[Run]:
    """The runs of a line between two offsets."""
    runs: list[Run] = []
    at = 0
    for text, tones in line:
        first, last = max(start - at, 0), min(end - at, len(text))
        if first < last:
            runs.append((text[first:last], tones))
        at += len(text)
        if at >= end:
            break
    return runs
