"""The screen in ASCII alone, for terminals that have no other signs: the Linux console, a locale without UTF-8."""

# ruff: noqa: RUF001 # the look-alikes of ASCII are what this is about

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color

_SIGNS = {
    **dict.fromkeys("─╌┄┈╴╶╼╾–—−‐‑·▔", "-"),
    **dict.fromkeys("━═╍┅┉▅", "="),
    **dict.fromkeys("│┃║╎┆┊╏┇┋▌▐▏▕▍▎▋▊▉", "|"),
    **dict.fromkeys("▁▂", "_"),
    **dict.fromkeys("▃…‥", "."),
    **dict.fromkeys("●•◆★✱∙▇", "*"),
    **dict.fromkeys("○◦◇", "o"),
    **dict.fromkeys("▸▶►→❯›»≥", ">"),
    **dict.fromkeys("◂◀←‹«≤", "<"),
    **dict.fromkeys("▴▲↑", "^"),
    **dict.fromkeys("▾▼↓✓✔", "v"),
    **dict.fromkeys("✗✘×", "x"),
    **dict.fromkeys("█■▓", "#"),
    **dict.fromkeys("▒▄", "="),
    **dict.fromkeys("░", ":"),
    **dict.fromkeys("‘’′", "'"),
    **dict.fromkeys("“”„″", '"'),
    **dict.fromkeys("∞≈", "~"),
    **dict.fromkeys("↵⏎", "$"),  # as editors show the end of a line
    **dict.fromkeys("⟨", "<"),
    **dict.fromkeys("⟩", ">"),
    "▆": "+",
    "\u00a0": " ",
    "\u2800": " ",
}
_BRAILLE = " ..::++##"  # by the number of dots


class AsciiFilter(LineFilter):
    """Replaces every sign that is not ASCII by one of the same width."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments of one line, with their styles."""
        return [
            segment if segment.text.isascii() else Segment(to_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def needs_ascii(term: str, encoding: str) -> bool:
    """Whether a terminal of this type, in a locale of this encoding, shows ASCII alone."""
    return term.partition("-")[0] == "linux" or encoding.lower().replace("-", "") not in ("utf8", "utf_8")


@lru_cache(4096)
def to_ascii(text: str) -> str:
    """The text in ASCII, in as many cells: letters without their accents, lines and bars drawn, `?` for the rest."""
    return text if text.isascii() else "".join(map(_sign, text))


@lru_cache(4096)
def _sign(character: str) -> str:
    if character.isascii():
        return character
    if found := _SIGNS.get(character):
        return found
    width = cell_len(character)
    if 0x2800 < ord(character) <= 0x28FF:
        return _BRAILLE[(ord(character) - 0x2800).bit_count()]
    if 0x2500 <= ord(character) < 0x2580:  # corners and crossings
        return "+"
    plain = "".join(part for part in unicodedata.normalize("NFKD", character) if part.isascii() and part.isprintable())
    return plain[:width].ljust(width) if plain else "?" * width
