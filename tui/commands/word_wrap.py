"""Wrapping of text that arrives in pieces."""

from __future__ import annotations

from tui.commands.table import character_width

_WIDE = 2


class WordWrap:
    """Breaks lines at blanks, and between wide characters, so that words that fit `width` cells stay whole.

    A word is held back until it is known to fit, at most until it is as long as a line: such a word is not broken, so
    that an address stays one when it is copied.
    """

    def __init__(self, width: int) -> None:
        self._width = max(width, 1)
        self._column = 0
        self._word = ""
        self._word_width = 0
        self._long = False  # in the midst of a word longer than a line, whose beginning is shown

    def feed(self, text: str) -> str:
        """What may be shown now that `text` has come."""
        return "".join(map(self._character, text))

    def flush(self) -> str:
        """The word that was held back, at the end of the text."""
        return self._release()

    def _character(self, character: str) -> str:
        width = 1 if character in " \t\n" else character_width(character)
        if character in " \t\n" or width == _WIDE:
            out = self._release()
            self._long = False
            return out + self._boundary(character, width)
        if self._long:
            return character
        self._word += character
        self._word_width += width
        if self._word_width < self._width:
            return ""
        self._long = True
        return self._release()

    def _boundary(self, character: str, width: int) -> str:
        if character == "\n":
            self._column = 0
            return character
        if width == _WIDE and self._column + width > self._width:
            self._column = width
            return f"\n{character}"
        self._column += width
        return character

    def _release(self) -> str:
        out = self._word
        if self._column and self._column + self._word_width > self._width:
            out, self._column = f"\n{out}", 0
        self._column += self._word_width
        self._word, self._word_width = "", 0
        return out
