"""Go template text → tokens, with the trim markers applied (the specification's section G.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from backend.template.errors import fail

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANKS = " \t\r\n"
_ACTION = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    | (?P<string>"(?:[^"\\\n]|\\[^\n])*")
    | (?P<raw>`[^`]*`)
    | (?P<char>'(?:[^'\\\n]|\\[^\n])+')
    | (?P<number>[+-]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+
        |(?:[0-9][0-9_]*\.?|\.[0-9])[0-9_]*(?:[eE][+-]?[0-9]+)?))
    | (?P<variable>\$\w*)
    | (?P<field>\.\w+)
    | (?P<dot>\.)
    | (?P<word>\w+)
    | (?P<declare>:=)
    | (?P<sign>[=|(),])""",
    re.VERBOSE,
)
_TRIM = re.compile(r"-[ \t\r\n]")
_TRIM_CLOSE = re.compile(r"[ \t\r\n]-\}\}")
_ENDS_WORD = _BLANKS + ".,|:()"
_COMMENT_END = re.compile(r"\*/([ \t\r\n]-)?\}\}")


class Kind(Enum):
    TEXT = "text"
    OPEN = "{{"
    CLOSE = "}}"
    SPACE = "space"
    STRING = "string"
    RAW = "raw"
    CHAR = "char"
    NUMBER = "number"
    VARIABLE = "variable"
    FIELD = "field"
    DOT = "dot"
    WORD = "word"
    DECLARE = "declare"
    SIGN = "sign"
    END = "end of the template"


@dataclass(frozen=True, slots=True)
class Token:
    """`line` counts from 1."""

    kind: Kind
    text: str
    line: int


def tokens(source: str) -> Iterator[Token]:
    """The tokens of a template, `END` last. Raises `BadTemplate`."""
    position, line, trim = 0, 1, False
    while True:
        start = source.find("{{", position)
        text = source[position:] if start < 0 else source[position:start]
        trims_before = start >= 0 and _TRIM.match(source, start + 2) is not None
        shown = text.lstrip(_BLANKS) if trim else text
        shown = shown.rstrip(_BLANKS) if trims_before else shown
        if shown:
            yield Token(Kind.TEXT, shown, line)
        line += text.count("\n")
        if start < 0:
            yield Token(Kind.END, "", line)
            return
        inside = start + (3 if trims_before else 2)
        action = _Action(source, inside, line)
        yield from action.tokens(after_trim=trims_before)
        position, line, trim = action.position, action.line, action.trims_after


class _Action:
    """The inside of one pair of braces; after `tokens` is used up, `position` is behind it."""

    def __init__(self, source: str, position: int, line: int) -> None:
        self.position = position
        self.line = line
        self.trims_after = False
        self._source = source
        self._parentheses = 0

    def tokens(self, *, after_trim: bool) -> Iterator[Token]:
        if self._skip_comment(after_trim=after_trim):
            return
        yield Token(Kind.OPEN, "{{", self.line)
        while not self._at_close():
            yield self._next()
        if self._parentheses:
            raise fail(self.line, "unclosed left paren")
        yield Token(Kind.CLOSE, "}}", self.line)
        self.position += 4 if self.trims_after else 2

    def _skip_comment(self, *, after_trim: bool) -> bool:
        start = self.position + (1 if after_trim else 0)
        if not self._source.startswith("/*", start):
            return False
        end = self._source.find("*/", start + 2)
        if end < 0:
            raise fail(self.line, "unclosed comment")
        match = _COMMENT_END.match(self._source, end)
        if match is None:
            raise fail(self.line, "comment ends before closing delimiter")
        self.line += self._source.count("\n", start, match.end())
        self.position, self.trims_after = match.end(), match[1] is not None
        return True

    def _at_close(self) -> bool:
        self.trims_after = _TRIM_CLOSE.match(self._source, self.position) is not None
        return self.trims_after or self._source.startswith("}}", self.position)

    def _next(self) -> Token:
        match = _ACTION.match(self._source, self.position)
        if match is None:
            raise self._unreadable()
        kind, text = Kind(match.lastgroup), match[0]
        if kind is Kind.SPACE and len(text) > 1 and self._source.startswith("-}}", match.end()):
            text = text[:-1]  # the last blank belongs to the trim marker
        token = Token(kind, text, self.line)
        self.position += len(text)
        self.line += text.count("\n")
        if kind in {Kind.VARIABLE, Kind.FIELD, Kind.WORD, Kind.NUMBER}:
            self._expect_word_end(kind, text)
        self._parentheses += {"(": 1, ")": -1}.get(text, 0) if kind is Kind.SIGN else 0
        if self._parentheses < 0:
            raise fail(self.line, "unexpected right paren")
        return token

    def _expect_word_end(self, kind: Kind, text: str) -> None:
        following = self._source[self.position : self.position + 1]
        if kind is Kind.NUMBER:
            if following.isalnum() or following == "_":
                raise fail(self.line, f'bad number syntax: "{(text + following)[:80]}"')
        elif following and following not in _ENDS_WORD and not self._source.startswith("}}", self.position):
            raise fail(self.line, f"bad character U+{ord(following):04X}")

    def _unreadable(self) -> Exception:
        following = self._source[self.position : self.position + 1]
        if not following:
            return fail(self.line, "unclosed action")
        if following == '"':
            return fail(self.line, "unterminated quoted string")
        if following == "`":
            return fail(self.line, "unterminated raw quoted string")
        if following == "'":
            return fail(self.line, "unterminated character constant")
        return fail(self.line, f"unrecognized character in action: U+{ord(following):04X}")
